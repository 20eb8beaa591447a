import { DEADLINE_MS } from './config.ts'
import type { Job } from './job.ts'
import { learnLate, learnTrust } from './learning.ts'
import { judgeLater } from './moving.ts'
import { type RequestInit, RequestState } from './request-state.ts'
import { Sending } from './sending.ts'
import { type Conversation, lengthKey } from './workload.ts'
import type { World } from './world.ts'

/** One request from its beginning to its end, whichever jobs it takes. */
export class Asking {
  readonly #state: RequestState
  readonly #beganAtMs: number
  readonly #sending: Sending
  readonly #onClosed: (asking: Asking) => void
  #gapMs = 0

  constructor(init: RequestInit, onClosed: (asking: Asking) => void) {
    this.#state = new RequestState(init)
    this.#beganAtMs = init.world.events.nowMs
    this.#onClosed = onClosed
    this.#sending = new Sending(this.#state, {
      onFailed: (job, isStrike) => this.#retry(job, isStrike),
      onNobody: job => this.#giveUp(job)
    })
  }

  begin(): void {
    this.#world.events.after(DEADLINE_MS, () => {
      if (this.#state.firstTokenAtMs !== undefined || this.#state.isClosed) return
      for (const job of [...this.#state.live]) this.#state.cancel(job)
      this.fail()
    })
    this.#sending.next('new')
  }

  /** No answer: too late, too often, or the run is over. */
  fail(): void {
    const { init, isClosed, firstTokenAtMs, live } = this.#state
    if (isClosed) return
    this.#state.isClosed = true
    for (const job of [...live]) this.#state.drop(job)
    const tookMs = Math.max(DEADLINE_MS, this.#world.events.nowMs - this.#beganAtMs)
    const firstMs = firstTokenAtMs === undefined ? DEADLINE_MS : firstTokenAtMs - this.#beganAtMs
    if (init.request.isMeasured) this.#world.measures.failed(firstMs, tookMs)
    this.#onClosed(this)
  }

  /** A job got its slot. The queues of the others are left as soon as the asker hears of it. */
  started(job: Job): void {
    const state = this.#state
    if ([...state.live].some(other => other !== job && other.state === 'running')) state.count('duplicates')
    if (!this.#world.arm.isShipped) return
    this.#world.events.after(job.oneWayMs, () => {
      if (state.isClosed || job.isDropped) return
      for (const other of [...state.live]) if (other !== job && other.state !== 'running') this.#leaveLate(other)
    })
  }

  /** The first token of a job arrived. */
  firstToken(job: Job): void {
    const state = this.#state
    if (job.isDropped || state.isClosed) return
    if (state.winner !== undefined && state.winner !== job) {
      state.cancel(job)
      return
    }
    const { events, guideHedging } = this.#world
    state.winner = job
    for (const other of [...state.live]) if (other !== job) this.#leaveLate(other)
    judgeLater(state, job, to => this.#sending.move(to))
    if (state.firstTokenAtMs === undefined) {
      state.firstTokenAtMs = events.nowMs
      this.#conversation.asker.experience.firstToken(events.nowMs - this.#beganAtMs)
      guideHedging.add(events.nowMs - this.#beganAtMs)
    } else if (state.brokeAtMs !== undefined) {
      this.#gapMs = Math.max(this.#gapMs, events.nowMs - state.brokeAtMs)
    }
  }

  /** The whole answer arrived. */
  ended(job: Job): void {
    const state = this.#state
    if (job.isDropped || state.isClosed) return
    const { arm, config, events, measures, workload } = this.#world
    const { conversation, request, answerTokens } = state.init
    const { asker } = conversation
    const { peerId } = job.provider
    state.isClosed = true
    const tookMs = events.nowMs - this.#beganAtMs
    const firstMs = (state.firstTokenAtMs ?? events.nowMs) - this.#beganAtMs
    if (request.isMeasured) measures.answered(firstMs, tookMs, this.#gapMs)
    if (job.deliveredTokens > 0 && !state.hasMoved) state.count('resumed')
    asker.suspects.clear(peerId)
    asker.experience.lengths.learn(lengthKey(conversation), answerTokens)
    arm.onAnswer?.(asker, job.provider, tookMs)
    if (config.usesTrust) learnTrust(asker.receipts, job, job.outputTokens, events.nowMs)
    this.#onClosed(this)
    workload.goOn(conversation, job.provider)
  }

  /** The provider died with the job. */
  lost(job: Job, generated: number, isVisible: boolean): void {
    const state = this.#state
    if (job.isDropped || state.isClosed) return
    const { events, limits } = this.#world
    const noticedMs = isVisible ? job.oneWayMs : limits.silenceMs
    if (!state.has('F')) {
      events.after(noticedMs, () => this.#giveUp(job))
      return
    }
    events.after(noticedMs, () => {
      if (job.isDropped) return
      if (state.winner === job) {
        state.delivered = job.deliveredTokens + generated
        state.failures = 0
        state.winner = undefined
        state.brokeAtMs = events.nowMs - (isVisible ? 0 : limits.silenceMs)
      }
      this.#retry(job, true)
    })
  }

  get #world(): World {
    return this.#state.world
  }

  get #conversation(): Conversation {
    return this.#state.init.conversation
  }

  /** Another provider was first. */
  #leaveLate(job: Job): void {
    const { config, events } = this.#world
    this.#state.cancel(job)
    if (config.usesTrust) learnLate(this.#conversation.asker.receipts, job, events.nowMs)
  }

  /** Nobody is looked for any more; what still runs may answer yet. */
  #giveUp(job?: Job): void {
    if (job !== undefined) this.#state.drop(job)
    if (this.#state.live.size === 0) this.fail()
  }

  #retry(job: Job, isStrike: boolean): void {
    const state = this.#state
    if (job.isDropped) return
    const { asker } = this.#conversation
    state.drop(job)
    if (state.isClosed) return
    state.failures++
    if (isStrike) {
      if (state.has('F')) asker.suspects.strike(job.provider.peerId, undefined)
      this.#world.arm.onAnswer?.(asker, job.provider, 'failed')
    }
    if (state.firstTokenAtMs === undefined || state.has('F')) this.#sending.next('retry')
    else this.#giveUp()
  }
}
