import type { AcceptIf } from '../../src/interface/index.ts'
import { hedgeDelayMs, isWorthTying, mayTie, type Plan, QUOTE_DEADLINE_MS } from '../../src/routing/index.ts'
import { BASE_WATCHDOG_MS, SILENCE_MS } from './config.ts'
import type { Job } from './job.ts'
import type { Provider } from './provider.ts'
import { keeps, promiseOf, type QuotedTimes } from './provider-quote.ts'
import { QuoteRound } from './quote-round.ts'
import type { RequestState } from './request-state.ts'
import type { Conversation } from './workload.ts'
import { providerOf, type World } from './world.ts'

/** Until a dial fails: by `routing.md` 3.5, and in the base arm. */
const DIAL_MS = { base: 10_000, other: 2_000 }
const MAX_ATTEMPTS = { base: 3, other: 6 }
/** After a round in which nobody had room. */
const ALL_FULL_PAUSE_MS = 500

/** Why a provider is looked for. A tie waits in a second queue; a hedge works twice. */
type Why = 'new' | 'retry' | 'tie' | 'hedge' | 'move'

/** What becomes of a request when sending does not lead to an answer. */
interface SendingEvents {
  /** A job failed. A strike is what only dead or dishonest peers do. */
  onFailed: (job: Job, isStrike: boolean) => void
  /** There is nobody else; the job, if any, is lost too. */
  onNobody: (job?: Job) => void
}

/** Chooses who gets a request: by the policy, by quotes, on conditions, and a second one when the first is late. */
export class Sending {
  readonly #state: RequestState
  readonly #events: SendingEvents

  constructor(state: RequestState, events: SendingEvents) {
    this.#state = state
    this.#events = events
  }

  /** Gives the rest of a slow stream to somebody else. */
  move(provider: Provider): void {
    this.#state.attempt++
    this.#send(provider, 'move', 0)
  }

  get #world(): World {
    return this.#state.world
  }

  get #conversation(): Conversation {
    return this.#state.init.conversation
  }

  /** Looks for a provider, as long as there are attempts left. */
  next(why: Why): void {
    const state = this.#state
    if (state.isClosed) return
    state.attempt++
    if (state.attempt > MAX_ATTEMPTS[state.has('F') ? 'other' : 'base']) {
      this.#events.onNobody()
      return
    }
    state.count('attempts')
    if (this.#world.arm.direct === undefined) this.#plan(why)
    else this.#chooseDirectly(why)
  }

  #chooseDirectly(why: Why): void {
    const state = this.#state
    const { arm } = this.#world
    const { request, answerTokens } = state.init
    const { asker } = this.#conversation
    const choice = arm.direct!({
      world: this.#world,
      asker,
      request: { ...state.quoted(), id: request.id, restTokens: answerTokens - state.delivered },
      isLeftOut: peerId => state.tried.has(peerId) || (state.has('F') && asker.suspects.has(peerId))
    })
    if (choice === undefined) {
      this.#events.onNobody()
      return
    }
    state.count('probes', choice.probes ?? 0)
    if (arm.isConnected) asker.connect(choice.provider)
    this.#send(choice.provider, why, choice.delayMs ?? 0)
  }

  #plan(why: Why): void {
    const plan = this.#world.arm.policy!.plan(this.#state.scene())
    const { dispatch } = plan
    if (dispatch === undefined && plan.quote.length === 0) {
      this.#events.onNobody()
      return
    }
    const provider = dispatch && providerOf(this.#world, dispatch.peerId)
    if (provider === undefined) this.#askForQuotes(plan, why)
    else if (dispatch?.acceptIf === undefined) this.#sendAlso(provider, why)
    else this.#sendConditionally(provider, dispatch.acceptIf, plan, why)
  }

  #askForQuotes(plan: Plan, why: Why, conditional?: Job): QuoteRound {
    const waitMs = QUOTE_DEADLINE_MS + 2 * (conditional?.oneWayMs ?? 0)
    return new QuoteRound({
      state: this.#state,
      peers: plan.quote.map(peerId => providerOf(this.#world, peerId)),
      enough: Math.max(1, plan.enough),
      deadlineMs: plan.quote.length > 0 ? plan.deadlineMs : waitMs,
      ...(conditional && { conditional }),
      onDecide: round => this.#decide(round, why)
    })
  }

  /** Enough quotes are in, or time is up, and nobody took the request. */
  #decide(round: QuoteRound, why: Why): void {
    const state = this.#state
    if (round.conditional !== undefined && !round.conditional.isDropped) state.cancel(round.conditional)
    for (const peerId of round.silent) if (round.conditional?.provider.peerId === peerId) state.silent.add(peerId)
    if (!round.hasAsked) {
      this.#plan(why)
      return
    }
    const [best] = this.#world.arm.policy!.rank(state.scene())
    if (best !== undefined) {
      this.#sendAlso(providerOf(this.#world, best.peerId), why)
      return
    }
    for (const peerId of round.silent) state.silent.add(peerId)
    if (why === 'tie' || why === 'hedge') return
    // All that were heard are full: that is no failed attempt, and passes.
    this.#world.events.after(ALL_FULL_PAUSE_MS, () => {
      if (!state.isClosed && state.live.size === 0) this.#plan(why)
    })
  }

  /** Sends, unless a second provider was looked for and is not needed any more, or not worth it. */
  #sendAlso(provider: Provider, why: Why): void {
    const state = this.#state
    if (why === 'tie' || why === 'hedge') {
      const [first, ...others] = state.live
      if (state.firstTokenAtMs !== undefined || first === undefined || others.length > 0) return
      const { expectedTokens } = state.quoted()
      const second = state.quoteOf(provider.peerId)
      const isWorth = first.promise && second && isWorthTying(first.promise, second, expectedTokens)
      if (why === 'tie' && (isWorth !== true || first.state === 'running')) return
    }
    this.#send(provider, why, 0)
  }

  #send(provider: Provider, why: Why, delayMs: number): void {
    const state = this.#state
    const { asker, model } = this.#conversation
    const promise = state.quoteOf(provider.peerId)
    const job = state.newJob(provider, delayMs)
    if (promise !== undefined) job.promise = promise
    state.tried.add(provider.peerId)
    const thereMs = asker.roundTripMs(provider, model) - job.oneWayMs
    asker.connect(provider)
    this.#hedgeLater(job, why)
    this.#world.events.after(delayMs + thereMs, () => this.#arrive(job))
  }

  #arrive(job: Job): void {
    const { events, work } = this.#world
    const { provider } = job
    if (this.#state.isClosed || job.isDropped) return
    if (!provider.isAlive) this.#meetDead(job)
    else if (provider.isFull) {
      this.#state.count('busy')
      events.after(job.oneWayMs, () => this.#events.onFailed(job, false))
    } else work.take(job)
  }

  #meetDead(job: Job): void {
    const { events } = this.#world
    const hasFailover = this.#state.has('F')
    this.#state.count('deadHits')
    if (!job.provider.isZombie) {
      events.at(job.sentMs + DIAL_MS[hasFailover ? 'other' : 'base'], () => this.#events.onFailed(job, true))
    } else if (hasFailover) {
      events.at(job.sentMs + SILENCE_MS + 2 * job.oneWayMs, () => this.#events.onFailed(job, true))
    } else events.at(job.sentMs + BASE_WATCHDOG_MS, () => this.#events.onNobody(job))
  }

  /** The provider takes the job if it keeps the bound, and answers with its quote otherwise, before any work. */
  #sendConditionally(provider: Provider, acceptIf: AcceptIf, plan: Plan, why: Why): void {
    const state = this.#state
    const { asker, model } = this.#conversation
    const { events, foresight, work } = this.#world
    const job = state.newJob(provider, 0)
    const thereMs = asker.roundTripMs(provider, model) - job.oneWayMs
    state.count('probes')
    asker.connect(provider)
    const round = this.#askForQuotes(plan, why, job)
    events.after(thereMs, () => {
      if (state.isClosed || job.isDropped || (!provider.isAlive && !provider.answersQuotes)) return
      const quoted = state.quoted()
      const times = promiseOf(provider, quoted, events.nowMs, foresight)
      const takes = times !== undefined && keeps(times, acceptIf, quoted.expectedTokens)
      if (takes && provider.isAlive) work.take(job)
      events.after(job.oneWayMs, () => {
        if (state.isClosed || job.isDropped) return
        if (takes) this.#accepted(job, times, round, why)
        else this.#refused(job, times, round)
      })
    })
  }

  #accepted(job: Job, times: QuotedTimes, round: QuoteRound, why: Why): void {
    const { peerId, isAlive } = job.provider
    round.end()
    job.promise = times
    this.#state.tried.add(peerId)
    this.#hedgeLater(job, why)
    if (!isAlive && job.state === 'sent') this.#meetDead(job)
  }

  #refused(job: Job, times: QuotedTimes | undefined, round: QuoteRound): void {
    this.#state.drop(job)
    this.#state.refused.add(job.provider.peerId)
    round.hear(job.provider, times)
  }

  #hedgeLater(job: Job, why: Why): void {
    const state = this.#state
    if (!state.has('H') || state.firstTokenAtMs !== undefined || (why !== 'new' && why !== 'retry')) return
    const { arm, config, events, guideHedging } = this.#world
    const { p90FirstTokenMs: ownP90Ms } = this.#conversation.asker.experience
    const quotedFirstTokenMs = job.promise?.firstTokenMs
    const known = {
      ...(quotedFirstTokenMs !== undefined && { quotedFirstTokenMs }),
      ...(ownP90Ms !== undefined && { ownP90Ms })
    }
    const delayMs = arm.hedgesAsShipped ? hedgeDelayMs(known) : guideHedging.delayMs(events.nowMs)
    events.at(Math.max(events.nowMs, job.sentMs + delayMs), () => this.#hedge())
    if (!arm.hedgesAsShipped || !config.usesTies || job.promise === undefined || !mayTie(job.promise)) return
    state.count('ties')
    this.next('tie')
  }

  #hedge(): void {
    const state = this.#state
    if (state.isClosed || state.firstTokenAtMs !== undefined || state.isHedged || state.live.size !== 1) return
    const { arm, guideHedging } = this.#world
    const { experience } = this.#conversation.asker
    if (!(arm.hedgesAsShipped ? experience.takeHedge() : guideHedging.mayHedge())) return
    state.isHedged = true
    guideHedging.countHedge()
    state.count('hedges')
    this.next('hedge')
  }
}
