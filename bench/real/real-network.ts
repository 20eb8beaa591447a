import { createNode, type P2paiNode, textMessage } from 'p2pai'
import { OutcomeSpread } from '../../src/interface/index.ts'
import { Asker } from '../sim/asker.ts'
import { DEFAULTS, type SimConfig } from '../sim/config.ts'
import { demandOf, drawDevices } from '../sim/devices.ts'
import { Fates } from '../sim/fates.ts'
import { shippedForesight } from '../sim/foresight.ts'
import type { Job } from '../sim/job.ts'
import { mean, quantile } from '../sim/measures.ts'
import { Provider } from '../sim/provider.ts'
import { seeded, uniform } from '../sim/random.ts'
import { simulate } from '../sim/simulate.ts'
import { Work } from '../sim/work.ts'
import { type Conversation, Workload } from '../sim/workload.ts'
import type { Figure } from '../support.ts'
import { RealTime } from './real-time.ts'
import { type JobHooks, syntheticEngine, type Told } from './synthetic-engine.ts'

/** Of the issue: a hundred nodes of the simulator's devices, in one process, on loopback. */
const PROVIDERS = 100
const ASKERS = 20
const POLICIES = ['rec', 'lru', 'nataris'] as const
/** Bytes of a token, as askers estimate them. */
const BYTES_PER_TOKEN = 4

/** What one policy came to, in seconds. */
interface Outcome {
  requests: number
  failed: number
  p50: number
  p95: number
  meanCompletion: number
}

/**
 * The simulator's workload on real nodes over libp2p, beside the simulator with the same devices and requests. Nobody
 * dies here. `args`: seconds to measure for each policy, 120 unless said otherwise.
 */
export async function realNetwork(args: readonly string[]): Promise<Figure[]> {
  const measuredMs = Number(args[0] ?? 120) * 1_000
  const config: SimConfig = {
    ...DEFAULTS,
    providers: PROVIDERS,
    deadShare: 0,
    warmupMs: measuredMs / 4,
    measuredMs,
    // Adverts on change and every 20 s: about the simulator's 10 s.
    advertEveryMs: 10_000
  }
  const outcomes = new Map<string, { real: Outcome; simulated: Outcome }>()
  for (const policy of POLICIES) {
    const real = await run({ ...config, policy })
    const summary = simulate({ ...config, policy })
    const simulated = {
      requests: summary.requests,
      failed: Math.round(summary.requests * (1 - summary.success)),
      p50: summary.firstToken.p50,
      p95: summary.firstToken.p95,
      meanCompletion: summary.meanCompletion
    }
    outcomes.set(policy, { real, simulated })
    console.log(JSON.stringify({ policy, real, simulated }))
  }
  return figures(outcomes)
}

function figures(outcomes: Map<string, { real: Outcome; simulated: Outcome }>): Figure[] {
  const rec = outcomes.get('rec')!
  const apartMs = (rec.real.p50 - rec.simulated.p50) * 1_000
  const others = POLICIES.slice(1).map((policy): Figure => {
    const other = outcomes.get(policy)!
    const real = other.real.meanCompletion / rec.real.meanCompletion
    const simulated = other.simulated.meanCompletion / rec.simulated.meanCompletion
    return {
      name: `rec ahead of ${policy}, mean completion`,
      value: `${real.toFixed(2)} times on real nodes, ${simulated.toFixed(2)} in the simulator`,
      goal: 'within a third',
      met: real >= (2 / 3) * simulated && real <= (4 / 3) * simulated
    }
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

async function run(config: SimConfig): Promise<Outcome> {
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
    await untilAllKnown(nodes)
    return await measure({ config, time, providers, providerNodes, askers, nodes, random: draws(3) })
  } finally {
    time.stop()
    await Promise.all([...nodes, ...providerNodes, first].map(node => node.stop(0)))
  }
}

interface Running {
  config: SimConfig
  time: RealTime
  providers: readonly Provider[]
  providerNodes: readonly P2paiNode[]
  askers: readonly Asker[]
  nodes: readonly P2paiNode[]
  random: () => number
}

async function measure({ config, time, providers, providerNodes, askers, nodes, random }: Running): Promise<Outcome> {
  const beganAtMs = time.nowMs
  const endAtMs = beganAtMs + config.warmupMs + config.measuredMs
  const firstTokens: number[] = []
  const completions: number[] = []
  const open = new Set<Promise<void>>()
  let requests = 0
  let failed = 0
  const byPeer = new Map(providerNodes.map((node, index) => [node.peerId, providers[index]!]))
  const ask = async (conversation: Conversation): Promise<void> => {
    const startMs = time.nowMs
    if (startMs >= endAtMs) return
    const isMeasured = startMs >= beganAtMs + config.warmupMs
    const id = ++requests
    const told: Told = {
      id,
      conversationId: conversation.id,
      model: conversation.model,
      promptTokens: conversation.promptTokens,
      answerTokens: conversation.turns[conversation.turn]!.answerTokens,
      expectedTokens: 230
    }
    const line = `${JSON.stringify(told)}\n`
    const text = line.padEnd(BYTES_PER_TOKEN * conversation.promptTokens, 'word ')
    const request = {
      model: String(conversation.model).padStart(64, '0'),
      messages: [textMessage('user', text)],
      sessionId: String(conversation.id),
      ...(conversation.maxTokens && { maxTokens: conversation.maxTokens })
    }
    let firstMs: number | undefined
    let peer = ''
    try {
      for await (const event of nodes[conversation.asker.index]!.engine.generate(request)) {
        if (event.type === 'accepted') peer = event.provider!.peerId
        if (event.type === 'delta') firstMs ??= time.nowMs - startMs
      }
      if (isMeasured) {
        firstTokens.push(firstMs!)
        completions.push(time.nowMs - startMs)
      }
      workload.goOn(conversation, byPeer.get(peer)!)
    } catch {
      if (isMeasured) failed++
    }
  }
  const onRequest = (conversation: Conversation) => {
    const asking = ask(conversation).finally(() => open.delete(asking))
    open.add(asking)
  }
  const workload = new Workload({ config, events: time, providers, askers, random, onRequest })
  workload.begin()
  await new Promise(resolve => setTimeout(resolve, endAtMs - time.nowMs))
  await Promise.race([Promise.all(open), new Promise(resolve => setTimeout(resolve, config.measuredMs / 2))])
  const seconds = (share: number) => quantile(firstTokens, share) / 1_000
  return {
    requests: firstTokens.length + failed,
    failed,
    p50: seconds(0.5),
    p95: seconds(0.95),
    meanCompletion: mean(completions) / 1_000
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

async function untilAllKnown(nodes: readonly P2paiNode[]): Promise<void> {
  const deadlineMs = performance.now() + 300_000
  while (nodes.some(node => node.status().providers < PROVIDERS)) {
    if (performance.now() > deadlineMs) throw new Error('not all providers are known')
    await new Promise(resolve => setTimeout(resolve, 200))
  }
}
