import type { AcceptIf } from '../../src/interface/index.ts'
import { HELP_ANYWAY_MS } from '../../src/routing/help.ts'
import { hedgeDelayMs, isWorthTying, mayTie, type Plan, type QueuePromise } from '../../src/routing/index.ts'
import type { Job } from './job.ts'
import type { Provider } from './provider.ts'
import { keeps, promiseOf } from './provider-quote.ts'
import { askForQuotes } from './quote-round.ts'
import type { RequestState } from './request-state.ts'
import type { Conversation } from './workload.ts'
import { providerOf, type World } from './world.ts'

const MAX_ATTEMPTS = { base: 3, other: 6 }

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
    // Nodes count what failed, and leave out ties and hedges.
    const used = this.#world.arm.isShipped ? state.failures : state.attempt - 1
    if (used >= MAX_ATTEMPTS[state.has('F') ? 'other' : 'base']) {
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
    const provider = dispatch && providerOf(this.#world, dispatch.peerId)
    if (provider === undefined) this.#quoteThenDecide(plan, why)
    else if (dispatch?.acceptIf === undefined) this.#sendAlso(provider, why)
    else {
      // Quotes come meanwhile, for the case that it refuses.
      this.#askForQuotes(plan, () => undefined)
      this.#sendConditionally(provider, dispatch.acceptIf, why)
    }
  }

  #quoteThenDecide(plan: Plan, why: Why): void {
    const isHeard = plan.quote.length === 0 || this.#state.quotesAtHand >= Math.max(1, plan.enough)
    if (isHeard && this.#sendToBest(why)) return
    if (plan.quote.length === 0) this.#events.onNobody()
    else {
      this.#askForQuotes(plan, () => {
        if (!this.#sendToBest(why)) this.#sendByAdvert(plan, why)
      })
    }
  }

  #askForQuotes(plan: Plan, onDecide: () => void): void {
    if (plan.quote.length === 0) return
    const peers = plan.quote.map(peerId => providerOf(this.#world, peerId))
    const { enough, deadlineMs } = plan
    askForQuotes({ state: this.#state, peers, enough: Math.max(1, enough), deadlineMs, onDecide })
  }

  #sendToBest(why: Why): boolean {
    const [best] = this.#world.arm.policy!.rank(this.#state.scene())
    if (best !== undefined) this.#sendAlso(providerOf(this.#world, best.peerId), why)
    return best !== undefined
  }

  /** All that were heard are full, or nobody was: the best advert must do, as in `src/routing/provider-choice.ts`. */
  #sendByAdvert({ quote }: Plan, why: Why): void {
    const peerId = quote.find(asked => !this.#state.refused.has(asked))
    if (peerId !== undefined) this.#sendAlso(providerOf(this.#world, peerId), why)
    else if (why === 'new' || why === 'retry') this.#events.onNobody()
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
    const job = state.newJob(provider, delayMs)
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
    if (!provider.isAlive) this.#meetDead(job, false)
    else if (provider.isFull) {
      this.#state.count('busy')
      events.after(job.oneWayMs, () => this.#events.onFailed(job, false))
    } else work.take(job)
  }

  /** It cannot be dialled; or it is, and shows no life, or none after it took the request. */
  #meetDead(job: Job, hasAccepted: boolean): void {
    const { events, limits } = this.#world
    const { sentMs, oneWayMs } = job
    const { isZombie } = job.provider
    this.#state.count('deadHits')
    const signMs = hasAccepted ? limits.silenceMs : limits.firstSignMs(2 * oneWayMs)
    const hasFailover = this.#state.has('F')
    events.at(sentMs + (isZombie ? signMs : limits.dialMs), () => {
      if (isZombie && !hasFailover) this.#events.onNobody(job)
      else this.#events.onFailed(job, true)
    })
  }

  /** The provider takes the job if it keeps the bound, and answers with its quote otherwise, before any work. */
  #sendConditionally(provider: Provider, acceptIf: AcceptIf, why: Why): void {
    const state = this.#state
    const { asker, model } = this.#conversation
    const { events, foresight, limits, work } = this.#world
    const job = state.newJob(provider, 0)
    const thereMs = asker.roundTripMs(provider, model) - job.oneWayMs
    const patienceMs = limits.conditionMs(2 * job.oneWayMs, asker.isConnected(provider, model))
    let isAnswered = false
    state.count('probes')
    state.tried.add(provider.peerId)
    asker.connect(provider)
    events.after(patienceMs, () => {
      if (!isAnswered) this.#notTaken(job)
    })
    events.after(thereMs, () => {
      if (state.isClosed || job.isDropped || (!provider.isAlive && !provider.answersQuotes)) return
      const quoted = state.quoted()
      const times = promiseOf(provider, quoted, events.nowMs, foresight)
      const takes = times !== undefined && keeps(times, acceptIf, quoted.expectedTokens)
      if (takes && provider.isAlive) work.take(job)
      events.after(job.oneWayMs, () => {
        if (state.isClosed || job.isDropped) return
        isAnswered = true
        if (!takes) {
          this.#refused(job, times, why)
          return
        }
        this.#hedgeLater(job, why)
        if (!provider.isAlive && job.state === 'sent') this.#meetDead(job, true)
      })
    })
  }

  /** The refusal brings a quote, by which it may be chosen after all; without one it is full. */
  #refused(job: Job, times: QueuePromise | undefined, why: Why): void {
    const state = this.#state
    const { provider } = job
    if (times === undefined) {
      this.#events.onFailed(job, false)
      return
    }
    state.drop(job)
    state.refused.add(provider.peerId)
    state.tried.delete(provider.peerId)
    state.quote(provider, times)
    this.#plan(why)
  }

  /** No word on the condition. That is no strike: an honest peer may be this slow. */
  #notTaken(job: Job): void {
    const { events, work } = this.#world
    if (this.#state.isClosed || job.isDropped) return
    this.#conversation.asker.suspects.rest(job.provider.peerId, undefined)
    events.after(job.oneWayMs, () => work.leave(job))
    this.#events.onFailed(job, false)
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
    const delayMs = arm.isShipped ? hedgeDelayMs(known) : guideHedging.delayMs(events.nowMs)
    events.at(Math.max(events.nowMs, job.sentMs + delayMs), () => this.#hedge(job, delayMs))
    if (!arm.isShipped || !config.usesTies || job.promise === undefined || !mayTie(job.promise)) return
    state.count('ties')
    this.next('tie')
  }

  #hedge(job: Job, delayMs: number): void {
    const state = this.#state
    if (state.isClosed || state.firstTokenAtMs !== undefined || state.isHedged) return
    const { arm, events, guideHedging } = this.#world
    // A node's hedge belongs to the provider that is late, the guide's to the request.
    if (arm.isShipped && job.isDropped) return
    if (state.live.size !== 1 || !this.#mayHedge(job)) {
      if (arm.isShipped) events.after(2 * delayMs, () => this.#hedge(job, 2 * delayMs))
      return
    }
    state.isHedged = true
    guideHedging.countHedge()
    state.count('hedges')
    this.next('hedge')
  }

  #mayHedge({ sentMs }: Job): boolean {
    const { arm, events, guideHedging } = this.#world
    if (!arm.isShipped) return guideHedging.mayHedge()
    return events.nowMs - sentMs > HELP_ANYWAY_MS || this.#conversation.asker.experience.takeHedge()
  }
}
