import type { AcceptIf } from '../../src/interface/index.ts'
import {
  hedgeDelayMs,
  isSlowStream,
  isWorthMoving,
  JUDGE_STREAM_AFTER_MS,
  type Plan,
  type PolicyQuote,
  QUOTE_DEADLINE_MS
} from '../../src/routing/index.ts'
import { DEADLINE_MS } from './config.ts'
import { generatedTokens, type Job, type JobRequest, msPerToken } from './job.ts'
import type { Provider } from './provider.ts'
import { keeps, promiseOf, type QuotedTimes } from './provider-quote.ts'
import { sceneOf } from './scene.ts'
import type { Conversation } from './workload.ts'
import { providerOf, type World } from './world.ts'

/** Rules of `routing.md` 3.5, and what the base arm has in their place. */
const DIAL_MS = { base: 10_000, other: 2_000 }
const SILENCE_MS = 3_000
const BASE_WATCHDOG_MS = 180_000
const MAX_ATTEMPTS = { base: 3, other: 6 }
/** However long an answer is already, this share of what was expected is expected to follow. */
const LEAST_LEFT = 0.35

type Why = 'new' | 'retry' | 'hedge' | 'move'

/** One collection of quotes. */
interface Round {
  why: Why
  plan: Plan
  answers: number
  isOver: boolean
  conditional?: Job
  heard: Set<string>
  /** Enough quotes are in, or time is up. */
  decide: () => void
}

/** What was asked, and what its asker can know of it. */
export interface AskingInit {
  world: World
  conversation: Conversation
  request: JobRequest
  /** The real length, which nobody knows. */
  answerTokens: number
  onClosed: (asking: Asking) => void
}

/** One request on its way: chooses, asks for quotes, sends, and goes elsewhere when that fails. */
export class Asking {
  readonly #init: AskingInit
  readonly #beganAtMs: number
  readonly #tried = new Set<string>()
  readonly #silent = new Set<string>()
  readonly #refused = new Set<string>()
  readonly #live = new Set<Job>()
  #quotes: (PolicyQuote & { atMs: number })[] = []
  #attempt = 0
  #delivered = 0
  #firstTokenAtMs: number | undefined
  #winner: Job | undefined
  #isClosed = false
  #isHedged = false
  #hasMoved = false
  #brokeAtMs: number | undefined
  #gapMs = 0

  constructor(init: AskingInit) {
    this.#init = init
    this.#beganAtMs = init.world.events.nowMs
  }

  begin(): void {
    this.#world.events.after(DEADLINE_MS, () => {
      if (this.#firstTokenAtMs !== undefined || this.#isClosed) return
      for (const job of [...this.#live]) this.#cancel(job)
      this.fail()
    })
    this.#next('new')
  }

  /** No answer: too late, too often, or the run is over. */
  fail(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const job of [...this.#live]) this.#drop(job)
    const tookMs = Math.max(DEADLINE_MS, this.#world.events.nowMs - this.#beganAtMs)
    const firstMs = this.#firstTokenAtMs === undefined ? DEADLINE_MS : this.#firstTokenAtMs - this.#beganAtMs
    if (this.#isMeasured) this.#world.measures.failed(firstMs, tookMs)
    this.#init.onClosed(this)
  }

  /** The first token of a job arrived. */
  firstToken(job: Job): void {
    if (job.isDropped || this.#isClosed) return
    if (this.#winner !== undefined && this.#winner !== job) {
      this.#cancel(job)
      return
    }
    const { asker } = this.#init.conversation
    const { events, guideHedging } = this.#world
    this.#winner = job
    for (const other of [...this.#live]) if (other !== job) this.#cancel(other)
    if (this.#has('M') && job.promise !== undefined) {
      events.after(JUDGE_STREAM_AFTER_MS, () => this.#judge(job))
    }
    if (this.#firstTokenAtMs === undefined) {
      this.#firstTokenAtMs = events.nowMs
      asker.experience.firstToken(events.nowMs - this.#beganAtMs)
      guideHedging.add(events.nowMs - this.#beganAtMs)
    } else if (this.#brokeAtMs !== undefined) {
      this.#gapMs = Math.max(this.#gapMs, events.nowMs - this.#brokeAtMs)
    }
  }

  /** The whole answer arrived. */
  ended(job: Job): void {
    if (job.isDropped || this.#isClosed) return
    const { arm, config, events, measures, workload } = this.#world
    const { conversation, request, answerTokens, onClosed } = this.#init
    const { asker } = conversation
    this.#isClosed = true
    const tookMs = events.nowMs - this.#beganAtMs
    const firstMs = (this.#firstTokenAtMs ?? events.nowMs) - this.#beganAtMs
    if (this.#isMeasured) measures.answered(firstMs, tookMs, this.#gapMs)
    asker.suspects.clear(job.provider.peerId)
    asker.lengths.learn(lengthKey(conversation), answerTokens)
    arm.onAnswer?.(asker, job.provider, tookMs)
    if (config.usesTrust && job.promise !== undefined) {
      const promisedMs = job.promise.firstTokenMs + (1_000 * job.outputTokens) / job.promise.decodeTokensPerSecond
      asker.receipts.observe(job.provider.peerId, { promisedMs, observedMs: events.nowMs - job.sentMs })
    }
    if (request.isMeasured && job.deliveredTokens > 0 && !this.#hasMoved) measures.counts.resumed++
    onClosed(this)
    workload.goOn(conversation, job.provider)
  }

  /** The provider died with the job. */
  lost(job: Job, generated: number, isVisible: boolean): void {
    if (job.isDropped || this.#isClosed) return
    const { events } = this.#world
    if (this.#init.world.config.arm === 'base') {
      events.after(isVisible ? job.oneWayMs : BASE_WATCHDOG_MS, () => {
        this.#drop(job)
        if (this.#live.size === 0) this.fail()
      })
      return
    }
    const noticedMs = isVisible ? job.oneWayMs : SILENCE_MS
    events.after(noticedMs, () => {
      if (job.isDropped) return
      if (this.#winner === job) {
        this.#delivered = job.deliveredTokens + generated
        this.#winner = undefined
        this.#brokeAtMs = events.nowMs - (isVisible ? 0 : SILENCE_MS)
      }
      this.#retry(job, true)
    })
  }

  get #world(): World {
    return this.#init.world
  }

  get #isMeasured(): boolean {
    return this.#init.request.isMeasured
  }

  #has(part: 'F' | 'H' | 'M'): boolean {
    return this.#world.config.arm.includes(part)
  }

  #count(name: keyof World['measures']['counts'], by = 1): void {
    if (this.#isMeasured) this.#world.measures.counts[name] += by
  }

  #next(why: Why): void {
    if (this.#isClosed) return
    this.#attempt++
    if (this.#attempt > MAX_ATTEMPTS[this.#has('F') ? 'other' : 'base']) {
      if (this.#live.size === 0) this.fail()
      return
    }
    this.#count('attempts')
    if (this.#world.arm.direct === undefined) this.#plan(why)
    else this.#chooseDirectly(why)
  }

  #chooseDirectly(why: Why): void {
    const { arm, config } = this.#world
    const { conversation, request, answerTokens } = this.#init
    const { asker } = conversation
    const choice = arm.direct!({
      world: this.#world,
      asker,
      request: {
        ...this.#quoted(),
        id: request.id,
        restTokens: answerTokens - this.#delivered,
        deliveredTokens: this.#delivered
      },
      isLeftOut: peerId => this.#tried.has(peerId) || (config.arm !== 'base' && asker.suspects.has(peerId))
    })
    if (choice === undefined) {
      this.#nobodyLeft()
      return
    }
    this.#count('probes', choice.probes ?? 0)
    const { provider, delayMs = 0 } = choice
    this.#tried.add(provider.peerId)
    if (arm.isConnected) asker.connect(provider)
    this.#send(provider, why, { delayMs })
  }

  #quoted() {
    const { conversation, request } = this.#init
    return {
      conversationId: conversation.id,
      model: conversation.model,
      promptTokens: conversation.promptTokens + this.#delivered,
      expectedTokens: Math.max(1, LEAST_LEFT * request.expectedTokens, request.expectedTokens - this.#delivered)
    }
  }

  #scene() {
    const { conversation } = this.#init
    const { promptTokens, expectedTokens } = this.#quoted()
    return sceneOf(this.#world, {
      conversation,
      request: { promptTokens, expectedTokens },
      attempt: this.#attempt,
      leftOut: new Set([...this.#tried, ...this.#silent]),
      quotes: this.#quotes,
      refused: this.#refused
    })
  }

  #plan(why: Why): void {
    const plan = this.#world.arm.policy!.plan(this.#scene())
    const { dispatch } = plan
    const round: Round = { why, plan, answers: 0, isOver: false, heard: new Set(), decide: () => this.#decide(round) }
    if (dispatch === undefined && plan.quote.length === 0) {
      this.#nobodyLeft()
      return
    }
    if (dispatch !== undefined) {
      const provider = providerOf(this.#world, dispatch.peerId)
      if (dispatch.acceptIf === undefined) {
        const promise = this.#quotes.find(({ peerId }) => peerId === dispatch.peerId)
        this.#tried.add(dispatch.peerId)
        this.#send(provider, why, { ...(promise && { promise }) })
        return
      }
      this.#count('probes')
      this.#sendConditionally(provider, round, dispatch.acceptIf)
    }
    this.#count('probes', plan.quote.length)
    for (const peerId of plan.quote) this.#askForQuote(providerOf(this.#world, peerId), round)
    const waitMs = plan.quote.length > 0 ? plan.deadlineMs : QUOTE_DEADLINE_MS + this.#rttMs(dispatch!.peerId)
    this.#world.events.after(waitMs, round.decide)
  }

  #rttMs(peerId: string): number {
    return this.#init.conversation.asker.rttMs(providerOf(this.#world, peerId))
  }

  #nobodyLeft(): void {
    if (this.#live.size === 0) this.fail()
  }

  #askForQuote(provider: Provider, round: Round): void {
    const { asker, model } = this.#init.conversation
    const { events, foresight } = this.#world
    const roundTripMs = asker.roundTripMs(provider, model)
    asker.connect(provider)
    events.after(roundTripMs / 2, () => {
      if (!provider.isAlive && !provider.answersQuotes) return
      const promise = promiseOf(provider, this.#quoted(), events.nowMs, foresight)
      events.after(roundTripMs / 2, () => this.#hear(provider, promise, round))
    })
  }

  /** A quote came, or a refusal with one. */
  #hear(provider: Provider, promise: QuotedTimes | undefined, round: Round): void {
    if (this.#isClosed) return
    const { peerId } = provider
    round.heard.add(peerId)
    round.answers++
    if (promise !== undefined) {
      this.#quotes = [
        ...this.#quotes.filter(quote => quote.peerId !== peerId),
        { peerId, ...promise, ageMs: 0, atMs: this.#world.events.nowMs }
      ]
    }
    if (round.answers >= round.plan.enough) round.decide()
  }

  /** Enough quotes are in, or time is up. */
  #decide(round: Round): void {
    if (round.isOver || this.#isClosed) return
    round.isOver = true
    if (round.why === 'hedge' && (this.#firstTokenAtMs !== undefined || this.#live.size !== 1)) return
    const { plan, conditional } = round
    if (conditional !== undefined && !round.heard.has(conditional.provider.peerId)) {
      this.#silent.add(conditional.provider.peerId)
      this.#cancel(conditional)
    }
    if (plan.quote.length === 0) {
      this.#plan(round.why)
      return
    }
    const [best] = this.#world.arm.policy!.rank(this.#scene())
    if (best === undefined) {
      for (const peerId of plan.quote) if (!round.heard.has(peerId)) this.#silent.add(peerId)
      this.#next(round.why)
      return
    }
    this.#tried.add(best.peerId)
    this.#send(providerOf(this.#world, best.peerId), round.why, { promise: best })
  }

  #newJob(provider: Provider, delayMs: number): Job {
    const { conversation, request, answerTokens } = this.#init
    const { asker, promptTokens } = conversation
    const { events } = this.#world
    asker.experience.use(provider.peerId)
    provider.lastUsedAtMs = events.nowMs
    const unknown = { startMs: 0, loadMs: 0, prefillMs: 0, decodeMs: 0, firstTokenAtMs: 0, endAtMs: 0 }
    return {
      ...unknown,
      request,
      provider,
      promptTokens: promptTokens + this.#delivered,
      outputTokens: answerTokens - this.#delivered,
      deliveredTokens: this.#delivered,
      oneWayMs: asker.rttMs(provider) / 2,
      sentMs: events.nowMs + delayMs,
      state: 'sent',
      isDropped: false
    }
  }

  #send(provider: Provider, why: Why, { delayMs = 0, promise }: { delayMs?: number; promise?: QuotedTimes }): void {
    const { asker, model } = this.#init.conversation
    const job = this.#newJob(provider, delayMs)
    if (promise !== undefined) job.promise = promise
    this.#live.add(job)
    const thereMs = asker.roundTripMs(provider, model) - job.oneWayMs
    asker.connect(provider)
    this.#hedgeLater(job, why)
    this.#world.events.after(delayMs + thereMs, () => this.#arrive(job))
  }

  #arrive(job: Job): void {
    const { events, work } = this.#world
    const { provider } = job
    if (this.#isClosed || job.isDropped) return
    if (!provider.isAlive) {
      this.#meetDead(job)
      return
    }
    if (provider.isFull) {
      this.#count('busy')
      events.after(job.oneWayMs, () => this.#retry(job, false))
      return
    }
    work.take(job)
  }

  #meetDead(job: Job): void {
    const { events } = this.#world
    this.#count('deadHits')
    const isBase = !this.#has('F')
    if (!job.provider.isZombie) {
      events.at(job.sentMs + DIAL_MS[isBase ? 'base' : 'other'], () => this.#retry(job, true))
    } else if (!isBase) {
      events.at(job.sentMs + SILENCE_MS + 2 * job.oneWayMs, () => this.#retry(job, true))
    } else {
      events.at(job.sentMs + BASE_WATCHDOG_MS, () => {
        this.#drop(job)
        if (this.#live.size === 0) this.fail()
      })
    }
  }

  /** The provider takes the job if it keeps the bound, and answers with its quote otherwise, before any work. */
  #sendConditionally(provider: Provider, round: Round, acceptIf: AcceptIf): void {
    const { asker, model } = this.#init.conversation
    const { events, foresight, work } = this.#world
    const job = this.#newJob(provider, 0)
    round.conditional = job
    this.#live.add(job)
    const thereMs = asker.roundTripMs(provider, model) - job.oneWayMs
    asker.connect(provider)
    events.after(thereMs, () => {
      if (this.#isClosed || job.isDropped || (!provider.isAlive && !provider.answersQuotes)) return
      const quoted = this.#quoted()
      const promise = promiseOf(provider, quoted, events.nowMs, foresight)
      const takes = promise !== undefined && keeps(promise, acceptIf, quoted.expectedTokens)
      if (takes && provider.isAlive) work.take(job)
      events.after(job.oneWayMs, () =>
        takes ? this.#accepted(job, promise, round) : this.#refuse(job, promise, round)
      )
    })
  }

  #accepted(job: Job, promise: QuotedTimes, round: Round): void {
    if (this.#isClosed || job.isDropped) return
    round.isOver = true
    round.heard.add(job.provider.peerId)
    job.promise = promise
    this.#tried.add(job.provider.peerId)
    this.#hedgeLater(job, round.why)
    if (!job.provider.isAlive && job.state === 'sent') this.#meetDead(job)
  }

  #refuse(job: Job, promise: QuotedTimes | undefined, round: Round): void {
    if (this.#isClosed || job.isDropped) return
    this.#drop(job)
    this.#refused.add(job.provider.peerId)
    this.#hear(job.provider, promise, round)
    if (round.plan.quote.length === 0) this.#decide(round)
  }

  #retry(job: Job, isStrike: boolean): void {
    if (job.isDropped) return
    const { arm } = this.#world
    const { asker } = this.#init.conversation
    this.#drop(job)
    if (this.#isClosed) return
    if (isStrike) {
      if (this.#has('F')) asker.suspects.strike(job.provider.peerId, undefined)
      arm.onAnswer?.(asker, job.provider, 'failed')
    }
    if (this.#firstTokenAtMs === undefined || this.#has('F')) this.#next('retry')
    else if (this.#live.size === 0) this.fail()
  }

  #drop(job: Job): void {
    job.isDropped = true
    this.#live.delete(job)
  }

  /** The provider hears of it a little later. */
  #cancel(job: Job): void {
    this.#drop(job)
    const { events, work } = this.#world
    events.after(job.oneWayMs, () => work.leave(job))
  }

  #hedgeLater(job: Job, why: Why): void {
    if (!this.#has('H') || this.#isHedged || this.#firstTokenAtMs !== undefined) return
    if (why !== 'new' && why !== 'retry') return
    const { arm, events, guideHedging } = this.#world
    const { asker } = this.#init.conversation
    const quotedFirstTokenMs = job.promise?.firstTokenMs
    const ownP90Ms = asker.experience.p90FirstTokenMs
    const delayMs = arm.hedgesAsShipped
      ? hedgeDelayMs({
          ...(quotedFirstTokenMs !== undefined && { quotedFirstTokenMs }),
          ...(ownP90Ms !== undefined && { ownP90Ms })
        })
      : guideHedging.delayMs(events.nowMs)
    events.at(job.sentMs + delayMs, () => this.#hedge())
  }

  #hedge(): void {
    if (this.#isClosed || this.#firstTokenAtMs !== undefined || this.#isHedged || this.#live.size !== 1) return
    const { arm, guideHedging } = this.#world
    const { asker } = this.#init.conversation
    const isAllowed = arm.hedgesAsShipped ? asker.experience.takeHedge() : guideHedging.mayHedge()
    if (!isAllowed) return
    this.#isHedged = true
    guideHedging.countHedge()
    this.#count('hedges')
    this.#next('hedge')
  }

  /** A stream that runs at less than half of its quote is compared with others, once. */
  #judge(job: Job): void {
    if (job.isDropped || this.#isClosed || this.#winner !== job || job.state !== 'running' || this.#hasMoved) return
    const perTokenMs = msPerToken(job)
    if (!isSlowStream(1_000 / perTokenMs, job.promise!.decodeTokensPerSecond)) return
    const { events } = this.#world
    const before = this.#delivered
    this.#delivered = job.deliveredTokens + generatedTokens(job, events.nowMs - job.oneWayMs)
    this.#quotes = []
    const { expectedTokens } = this.#quoted()
    const leftHereMs = expectedTokens * perTokenMs
    const plan = { ...this.#world.arm.policy!.plan({ ...this.#scene(), attempt: 2 }) }
    this.#delivered = before
    const peerIds = plan.quote.length > 0 ? plan.quote : []
    if (peerIds.length === 0) return
    this.#count('probes', peerIds.length)
    const decide = () => this.#decideMove(job, leftHereMs, round)
    const round: Round = { why: 'move', plan, answers: 0, isOver: false, heard: new Set(), decide }
    for (const peerId of peerIds) this.#askForQuote(providerOf(this.#world, peerId), round)
    events.after(plan.deadlineMs, decide)
  }

  #decideMove(job: Job, leftHereMs: number, round: Round): void {
    if (round.isOver) return
    round.isOver = true
    if (job.isDropped || this.#isClosed || this.#winner !== job || job.state !== 'running') return
    const { events } = this.#world
    const before = this.#delivered
    this.#delivered = job.deliveredTokens + generatedTokens(job, events.nowMs - job.oneWayMs)
    const [best] = this.#world.arm.policy!.rank(this.#scene())
    const { expectedTokens } = this.#quoted()
    const thereMs =
      best === undefined
        ? Number.POSITIVE_INFINITY
        : best.firstTokenMs + (1_000 * expectedTokens) / best.decodeTokensPerSecond
    if (best === undefined || !isWorthMoving(thereMs, leftHereMs)) {
      this.#delivered = before
      return
    }
    this.#hasMoved = true
    this.#count('moved')
    this.#winner = undefined
    this.#brokeAtMs = events.nowMs
    this.#cancel(job)
    this.#tried.add(best.peerId)
    this.#attempt++
    this.#send(providerOf(this.#world, best.peerId), 'move', { promise: best })
  }
}

/** What lengths are remembered by. */
export function lengthKey({ id, model, maxTokens }: Conversation) {
  return { model: String(model), conversation: String(id), ...(maxTokens && { maxTokens }) }
}
