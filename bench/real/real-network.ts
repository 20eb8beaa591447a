import { cpus, loadavg } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createNode, type P2paiNode } from 'p2pai'
import { OutcomeSpread } from '../../src/interface/index.ts'
import { Asker } from '../sim/asker.ts'
import { DEADLINE_MS, DEFAULTS, type SimConfig } from '../sim/config.ts'
import { demandOf, drawDevices } from '../sim/devices.ts'
import { Fates } from '../sim/fates.ts'
import { shippedForesight } from '../sim/foresight.ts'
import type { Job } from '../sim/job.ts'
import type { Summary } from '../sim/measures.ts'
import { Provider } from '../sim/provider.ts'
import { seeded, uniform } from '../sim/random.ts'
import { simulate } from '../sim/simulate.ts'
import { Work } from '../sim/work.ts'
import type { Figure } from '../support.ts'
import { measureRequests } from './measure-requests.ts'
import { RealTime } from './real-time.ts'
import { type JobHooks, syntheticEngine } from './synthetic-engine.ts'

/** Of the issue: a hundred nodes of the simulator's devices, in one process, on loopback. */
const PROVIDERS = 100
const ASKERS = 20
const POLICIES = ['rec', 'lru', 'nataris'] as const

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
 * both count as 180 s at least. Nobody dies here. `args`: seconds to measure for each policy, 90 unless said otherwise,
 * a seed, 1, and the number of providers, 100.
 */
export async function realNetwork(args: readonly string[]): Promise<Figure[]> {
  const config: SimConfig = {
    ...DEFAULTS,
    seed: Number(args[1] ?? 1),
    providers: Number(args[2] ?? PROVIDERS),
    deadShare: 0,
    warmupMs: 30_000,
    measuredMs: Number(args[0] ?? 90) * 1_000,
    cooldownMs: DEADLINE_MS,
    // Adverts on change and every 20 s: about the simulator's 10 s.
    advertEveryMs: 10_000
  }
  console.log(`${cpus().length} cores, Node ${process.version}`)
  const outcomes = new Map<string, { real: Outcome; simulated: Outcome }>()
  for (const policy of POLICIES) {
    const lag = monitorEventLoopDelay({ resolution: 10 })
    lag.enable()
    const real = outcomeOf(await run({ ...config, policy }))
    const lagMs = { p50: lag.percentile(50) / 1e6 - 10, p99: lag.percentile(99) / 1e6 - 10 }
    const simulated = outcomeOf(simulate({ ...config, policy }))
    outcomes.set(policy, { real, simulated })
    const machine = {
      load: loadavg()[0]!.toFixed(1),
      loopLateMs: { p50: lagMs.p50.toFixed(0), p99: lagMs.p99.toFixed(0) }
    }
    console.log(JSON.stringify({ policy, machine, real, simulated }))
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
  const draws = (stream: number) => seeded(config.seed * 7_919 + stream)
  const time = new RealTime()
  const providers = makeProviders(config, draws(1))
  const askerDraws = draws(2)
  const askers = Array.from({ length: ASKERS }, (_, index) => new Asker(index, time, askerDraws, undefined))
  const jobs = new Map<Job, JobHooks>()
  const nothing = () => undefined
  const work = new Work({
    events: time,
    measured: { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER },
    listener: {
      onFirstToken: job => jobs.get(job)?.firstToken(),
      onEnd: job => jobs.get(job)?.ended(),
      onLost: nothing,
      onStart: nothing
    }
  })
  const fates = new Fates({ config, events: time, work, foresight: shippedForesight, random: draws(5) })
  for (const provider of providers) fates.begin(provider)
  const askerOf = new Map<string, Asker>()
  const engines = providers.map(provider =>
    syntheticEngine({
      provider,
      work,
      time,
      jobs,
      oneWayMs: peerId => (askerOf.get(peerId)?.rttMs(provider) ?? 0) / 2
    })
  )
  const alone = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, dht: false }
  const first = await createNode(alone)
  const bootstrap = first.status().addresses.slice(0, 1)
  const providerNodes: P2paiNode[] = []
  for (const engine of engines) providerNodes.push(await createNode({ ...alone, bootstrap, engines: [engine] }))
  const nodes: P2paiNode[] = []
  for (const asker of askers) {
    const node = await createNode({ ...alone, bootstrap, policy: config.policy })
    askerOf.set(node.peerId, asker)
    nodes.push(node)
  }
  try {
    await untilAllKnown(nodes, config.providers)
    return await measureRequests({ config, time, providers, providerNodes, askers, nodes, random: draws(3) })
  } finally {
    time.stop()
    await Promise.all([...nodes, ...providerNodes, first].map(node => node.stop(0)))
  }
}

function makeProviders(config: SimConfig, random: () => number): Provider[] {
  const demand = demandOf(config.mix)
  return drawDevices(config.providers, config.mix, random).map((device, index) => {
    const spreads = demand.map(() => new OutcomeSpread())
    const provider = new Provider(index, device, spreads)
    random()
    const warm = device.onDisk
      .map((isThere, model) => ({ model, weight: isThere ? demand[model]! * uniform(random, [0.3, 1]) : 0 }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
    for (const { model } of warm.slice(0, device.warmModels)) provider.warm.set(model, 0)
    return provider
  })
}

async function untilAllKnown(nodes: readonly P2paiNode[], providers: number): Promise<void> {
  const deadlineMs = performance.now() + 300_000
  while (nodes.some(node => node.status().providers < providers)) {
    if (performance.now() > deadlineMs) throw new Error('not all providers are known')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
