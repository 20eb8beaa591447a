import { cpus } from 'node:os'
import { createNode, type P2paiNode } from 'p2pai'
import { DEADLINE_MS, DEFAULTS, type SimConfig } from '../sim/config.ts'
import { mean, type Summary } from '../sim/measures.ts'
import { simulate } from '../sim/simulate.ts'
import type { Figure } from '../support.ts'
import { measureRequests } from './measure-requests.ts'
import { ProviderThread, THREADS } from './provider-thread.ts'
import { RealTime } from './real-time.ts'
import { ALONE, worldOf } from './world.ts'

/** A hundred nodes in one process, on loopback, with the first that the others know: providers of the simulator's devices, and askers. */
const PROVIDERS = 79
/** As many as the simulator has then: the same conversations are drawn. */
const ASKERS = 20
/** Time in which requests count. */
const SECONDS = 300
/** Of the providers, what every asker knows before it asks. */
const KNOWN_SHARE = 0.97
const POLICIES = ['rec', 'lru', 'nataris'] as const
/** Some policies leave much to chance: what the simulator says is the mean of so many draws. */
const LUCKS = 16

/** What one policy came to, in seconds. */
interface Outcome {
  requests: number
  failed: number
  firstToken: { p50: number; p95: number; mean: number }
  completion: { p50: number; p95: number; mean: number }
}

/**
 * The simulator's workload on real nodes over libp2p, beside the simulator with the same devices, the same rate of
 * requests and the same measure: what has no first token after 180 s has failed, what is not whole at the end too, and
 * both count as 180 s at least. Nobody dies here. `args`: seconds to measure for each policy, 300 unless said otherwise
 * (in 90 s `rec` has 75 requests, and the mean of their first tokens is that of two or three long ones), a seed, 1, and
 * the number of providers, 79.
 */
export async function realNetwork(args: readonly string[]): Promise<Figure[]> {
  const config: SimConfig = {
    ...DEFAULTS,
    seed: Number(args[1] ?? 1),
    providers: Number(args[2] ?? PROVIDERS),
    deadShare: 0,
    warmupMs: 30_000,
    measuredMs: Number(args[0] ?? SECONDS) * 1_000,
    cooldownMs: DEADLINE_MS,
    // Adverts on change and every 20 s: about the simulator's 10 s.
    advertEveryMs: 10_000
  }
  console.log(`${cpus().length} cores, Node ${process.version}`)
  const outcomes = new Map<string, { real: Outcome; simulated: Outcome }>()
  for (const policy of POLICIES) {
    const real = outcomeOf(await run({ ...config, policy }))
    const simulated = expected({ ...config, policy })
    outcomes.set(policy, { real, simulated })
    console.log(JSON.stringify({ policy, real, simulated }))
  }
  return figures(outcomes)
}

function outcomeOf({ requests, success, firstToken, completion, meanFirstToken, meanCompletion }: Summary): Outcome {
  return {
    requests,
    failed: Math.round(requests * (1 - success)),
    firstToken: { p50: firstToken.p50, p95: firstToken.p95, mean: meanFirstToken },
    completion: { p50: completion.p50, p95: completion.p95, mean: meanCompletion }
  }
}

/** The mean of each number over all draws. */
function expected(config: SimConfig): Outcome {
  const draws = Array.from({ length: LUCKS }, (_, luck) => outcomeOf(simulate({ ...config, luck })))
  const of = (figure: (outcome: Outcome) => number) => Number(mean(draws.map(figure)).toFixed(3))
  const times = (what: 'firstToken' | 'completion') => ({
    p50: of(outcome => outcome[what].p50),
    p95: of(outcome => outcome[what].p95),
    mean: of(outcome => outcome[what].mean)
  })
  return {
    requests: of(({ requests }) => requests),
    failed: of(({ failed }) => failed),
    firstToken: times('firstToken'),
    completion: times('completion')
  }
}

function figures(outcomes: Map<string, { real: Outcome; simulated: Outcome }>): Figure[] {
  const rec = outcomes.get('rec')!
  const apartMs = (rec.real.firstToken.p50 - rec.simulated.firstToken.p50) * 1_000
  const others = POLICIES.slice(1).flatMap(policy => {
    const other = outcomes.get(policy)!
    return (['firstToken', 'completion'] as const).map((what): Figure => {
      const real = other.real[what].mean / rec.real[what].mean
      const simulated = other.simulated[what].mean / rec.simulated[what].mean
      return {
        name: `rec ahead of ${policy}, mean of the ${what === 'completion' ? 'whole answer' : 'first token'}`,
        value: `${real.toFixed(2)} times on real nodes, ${simulated.toFixed(2)} in the simulator`,
        goal: 'within a third',
        met: real >= (2 / 3) * simulated && real <= (4 / 3) * simulated
      }
    })
  })
  return [
    {
      name: 'first token of rec, p50 on real nodes less the simulator',
      value: `${apartMs.toFixed(0)} ms (${rec.real.requests} requests, ${rec.real.failed} failed)`,
      goal: 'within 100 ms',
      met: Math.abs(apartMs) <= 100
    },
    ...others
  ]
}

async function run(config: SimConfig): Promise<Summary> {
  const time = new RealTime()
  const { providers, askers, draws } = worldOf(config, ASKERS, time)
  const first = await createNode(ALONE)
  const bootstrap = first.status().addresses.slice(0, 1)
  const threads = Array.from({ length: THREADS }, (_, part) => new ProviderThread({ config, part, bootstrap }))
  const nodes: P2paiNode[] = []
  try {
    const peerIds = (await Promise.all(threads.map(thread => thread.peerIds()))).flat()
    for (const _ of askers) nodes.push(await createNode({ ...ALONE, bootstrap, policy: config.policy }))
    for (const thread of threads) thread.tellAskers(nodes.map(({ peerId }) => peerId))
    await untilKnown(nodes, config.providers)
    const byPeer = new Map(peerIds.map(([index, peerId]) => [peerId, providers[index]!]))
    return await measureRequests({ config, time, providers, byPeer, askers, nodes, threads, random: draws(3) })
  } finally {
    time.stop()
    await Promise.all([...[...nodes, first].map(node => node.stop(0)), ...threads.map(thread => thread.stop())])
  }
}

/** In a loop as busy as this one, an advert or two may be late at any moment. */
async function untilKnown(nodes: readonly P2paiNode[], providers: number): Promise<void> {
  const deadlineMs = performance.now() + 300_000
  while (nodes.some(node => node.status().providers < KNOWN_SHARE * providers)) {
    if (performance.now() > deadlineMs) throw new Error('most providers are not known')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
