import { type PolicyQuote, QUOTE_KEPT_MS, type QueuePromise, type Scene } from '../../src/routing/index.ts'
import { generatedTokens, type Job, type JobRequest } from './job.ts'
import type { Measures } from './measures.ts'
import type { Provider } from './provider.ts'
import { sceneOf } from './scene.ts'
import type { Conversation } from './workload.ts'
import type { World } from './world.ts'

/** However long an answer is already, this share of what was expected is expected to follow. */
const LEAST_LEFT = 0.35

/** One request: what was asked, and the real length of its answer, which nobody knows. */
export interface RequestInit {
  world: World
  conversation: Conversation
  request: JobRequest
  answerTokens: number
}

/** What the asker of one request knows of it so far. */
export class RequestState {
  readonly init: RequestInit
  readonly tried = new Set<string>()
  readonly refused = new Set<string>()
  readonly live = new Set<Job>()
  attempt = 0
  /** Providers that failed in this part of the answer. */
  failures = 0
  /** Tokens of the answer that are there, by jobs that ended. */
  delivered = 0
  firstTokenAtMs: number | undefined
  /** Whose tokens are taken. */
  winner: Job | undefined
  isClosed = false
  isHedged = false
  hasMoved = false
  brokeAtMs: number | undefined
  #quotes: (PolicyQuote & { atMs: number })[] = []
  readonly #heardAtMs = new Map<string, number>()

  constructor(init: RequestInit) {
    this.init = init
  }

  get world(): World {
    return this.init.world
  }

  /** Whether a part of the arms is on: failover, hedges, moves. */
  has(part: 'F' | 'H' | 'M'): boolean {
    return this.world.config.arm.includes(part)
  }

  count(name: keyof Measures['counts'], by = 1): void {
    if (this.init.request.isMeasured) this.world.measures.counts[name] += by
  }

  /** A provider said what it would do; without times it is full. */
  quote({ peerId }: Provider, times: QueuePromise | undefined): void {
    const atMs = this.world.events.nowMs
    const others = this.#quotes.filter(quote => quote.peerId !== peerId)
    this.#quotes = times === undefined ? others : [...others, { peerId, ...times, ageMs: 0, atMs }]
    this.#heardAtMs.set(peerId, atMs)
  }

  /** Quotes that still count, those of full providers among them. */
  get quotesAtHand(): number {
    const { nowMs } = this.world.events
    return [...this.#heardAtMs.values()].filter(atMs => nowMs - atMs <= QUOTE_KEPT_MS).length
  }

  quoteOf(peerId: string): QueuePromise | undefined {
    return this.#quotes.find(quote => quote.peerId === peerId)
  }

  forgetQuotes(): void {
    this.#quotes = []
    this.#heardAtMs.clear()
  }

  /** The request as others are asked for it: with what is delivered in its prompt. */
  quoted() {
    const { conversation, request } = this.init
    const { expectedTokens } = request
    return {
      conversationId: conversation.id,
      model: conversation.model,
      promptTokens: conversation.promptTokens + this.delivered,
      expectedTokens: Math.max(1, LEAST_LEFT * expectedTokens, expectedTokens - this.delivered)
    }
  }

  scene(): Scene {
    const { promptTokens, expectedTokens } = this.quoted()
    return sceneOf(this.world, {
      conversation: this.init.conversation,
      request: { promptTokens, expectedTokens },
      attempt: this.attempt,
      leftOut: this.tried,
      quotes: this.#quotes,
      refused: this.refused
    })
  }

  newJob(provider: Provider, delayMs: number): Job {
    const { conversation, request, answerTokens } = this.init
    const { asker, promptTokens } = conversation
    const { nowMs } = this.world.events
    asker.experience.use(provider.peerId)
    provider.lastUsedAtMs = nowMs
    const unknown = { startMs: 0, loadMs: 0, prefillMs: 0, decodeMs: 0, firstTokenAtMs: 0, endAtMs: 0 }
    const job: Job = {
      ...unknown,
      request,
      provider,
      promptTokens: promptTokens + this.delivered,
      outputTokens: answerTokens - this.delivered,
      deliveredTokens: this.delivered,
      oneWayMs: asker.rttMs(provider) / 2,
      sentMs: nowMs + delayMs,
      state: 'sent',
      isDropped: false
    }
    const promise = this.quoteOf(provider.peerId)
    if (promise !== undefined) job.promise = promise
    const advertised = this.world.arm.isShipped ? provider.advert.of(conversation.model) : undefined
    const claimed = (promise ?? advertised)?.decodeTokensPerSecond
    if (claimed !== undefined) job.claimedTokensPerSecond = claimed
    this.live.add(job)
    return job
  }

  /** What a job has delivered when its last token is heard here. */
  deliveredBy(job: Job): number {
    return job.deliveredTokens + generatedTokens(job, this.world.events.nowMs - job.oneWayMs)
  }

  drop(job: Job): void {
    job.isDropped = true
    this.live.delete(job)
  }

  /** The provider hears of it a little later. */
  cancel(job: Job): void {
    this.drop(job)
    const { events, work } = this.world
    events.after(job.oneWayMs, () => work.leave(job))
  }
}
