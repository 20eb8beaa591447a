import { Experience } from '../../src/routing/index.ts'
import { armOf } from './arms/index.ts'
import { Asker } from './asker.ts'
import { Asking } from './asking.ts'
import { DEFAULTS, type SimConfig } from './config.ts'
import { MODEL_SPEED } from './devices.ts'
import { drawProviders } from './draw-providers.ts'
import { EventQueue } from './event-queue.ts'
import { Fates } from './fates.ts'
import { type Foresight, guideForesight, MEAN_TOKENS, shippedForesight, trueForesight } from './foresight.ts'
import { GuideHedging } from './guide-hedging.ts'
import type { JobRequest } from './job.ts'
import { Measures, type Summary } from './measures.ts'
import type { Provider } from './provider.ts'
import { type Random, seeded } from './random.ts'
import { timeLimitsOf } from './time-limits.ts'
import { Work } from './work.ts'
import { type Conversation, lengthKey, Workload } from './workload.ts'
import type { World } from './world.ts'

const FORESIGHTS: Record<SimConfig['foresight'], Foresight> = {
  mean: guideForesight,
  shipped: shippedForesight,
  true: trueForesight
}

/** Runs one simulation. The same config gives the same numbers. */
export function simulate(changes: Partial<SimConfig> = {}): Summary {
  const config = { ...DEFAULTS, ...changes }
  const draws = (stream: number) => seeded(config.seed * 7_919 + stream)
  const providers = drawProviders(config, draws(1))
  const events = new EventQueue()
  const now = () => events.nowMs
  const pooled = config.isTrustPooled ? new Experience({ now }) : undefined
  const askerDraws = draws(2)
  const askers = Array.from(
    { length: Math.max(20, Math.floor(config.providers / 5)) },
    (_, index) => new Asker(index, events, askerDraws, pooled)
  )
  const world = connect(config, events, providers, askers, draws)
  for (const provider of providers) world.fates.begin(provider)
  world.workload.begin()
  events.run(config.warmupMs + config.measuredMs + config.cooldownMs)
  for (const asking of [...world.open]) asking.fail()
  for (const provider of providers) world.work.account(provider)
  return world.measures.summary(providers)
}

function connect(
  config: SimConfig,
  events: EventQueue,
  providers: readonly Provider[],
  askers: readonly Asker[],
  draws: (stream: number) => Random
) {
  const open = new Set<Asking>()
  const byJob = new Map<JobRequest, Asking>()
  const asking = (job: { request: JobRequest }) => byJob.get(job.request)
  const measures = new Measures()
  const foresight = FORESIGHTS[config.foresight]
  const work = new Work({
    events,
    measured: { fromMs: config.warmupMs, toMs: config.warmupMs + config.measuredMs },
    listener: {
      onFirstToken: job => asking(job)?.firstToken(job),
      onEnd: job => asking(job)?.ended(job),
      onLost: (job, generated, isVisible) => asking(job)?.lost(job, generated, isVisible),
      onStart(job, cachedTokens, isWarm) {
        asking(job)?.started(job)
        if (!job.request.isMeasured) return
        measures.read(cachedTokens, job.promptTokens)
        if (!isWarm) measures.counts.cold++
      }
    }
  })
  let requests = 0
  const onRequest = (conversation: Conversation): void => {
    const { asker } = conversation
    asker.experience.begin()
    world.guideHedging.countRequest()
    const sinceMs = events.nowMs - config.warmupMs
    const answerTokens = conversation.turns[conversation.turn]!.answerTokens
    const request: JobRequest = {
      id: ++requests,
      conversationId: conversation.id,
      model: conversation.model,
      isMeasured: sinceMs >= 0 && sinceMs < config.measuredMs,
      expectedTokens: expectedTokens(config, conversation, answerTokens),
      ...(conversation.maxTokens && { maxTokens: conversation.maxTokens })
    }
    const onClosed = (closed: Asking) => {
      open.delete(closed)
      byJob.delete(request)
    }
    const begun = new Asking({ world, conversation, request, answerTokens }, onClosed)
    if (request.isMeasured) open.add(begun)
    byJob.set(request, begun)
    begun.begin()
  }
  const workload = new Workload({ config, events, providers, askers, random: draws(3), onRequest })
  const arm = armOf(config.policy)
  const world: World = {
    config,
    arm,
    limits: timeLimitsOf(config, arm.isShipped === true),
    events,
    providers,
    askers,
    known: knownByModel(providers),
    foresight,
    work,
    workload,
    measures,
    guideHedging: new GuideHedging(),
    random: draws(4 + 100 * config.luck)
  }
  return { ...world, open, fates: new Fates({ config, events, work, foresight, random: draws(5) }) }
}

function expectedTokens(config: SimConfig, conversation: Conversation, answerTokens: number): number {
  if (config.foresight === 'true') return answerTokens
  return config.foresight === 'mean'
    ? MEAN_TOKENS
    : conversation.asker.experience.lengths.expect(lengthKey(conversation))
}

function knownByModel(providers: readonly Provider[]) {
  return MODEL_SPEED.map((_, model) => {
    const peerIds = providers.filter(({ device }) => device.onDisk[model]).map(({ peerId }) => peerId)
    const set = new Set(peerIds)
    return { peerIds, has: (peerId: string) => set.has(peerId) }
  })
}
