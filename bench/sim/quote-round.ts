import type { Job } from './job.ts'
import type { Provider } from './provider.ts'
import { promiseOf, type QuotedTimes } from './provider-quote.ts'
import type { RequestState } from './request-state.ts'

/** Options of `QuoteRound`. */
export interface QuoteRoundInit {
  state: RequestState
  peers: readonly Provider[]
  /** Answers after which it is decided, */
  enough: number
  /** or time. */
  deadlineMs: number
  /** Sent along without waiting, with a bound. */
  conditional?: Job
  onDecide: (round: QuoteRound) => void
}

/** One collection of quotes: ends once, with enough of them or when its time is over. */
export class QuoteRound {
  readonly heard = new Set<string>()
  readonly #init: QuoteRoundInit
  #isOver = false

  constructor(init: QuoteRoundInit) {
    this.#init = init
    const { state, deadlineMs, peers } = init
    state.count('probes', peers.length)
    for (const provider of peers) this.#ask(provider)
    state.world.events.after(deadlineMs, () => this.#decide())
  }

  get conditional(): Job | undefined {
    return this.#init.conditional
  }

  /** Asked, and never heard of. */
  get silent(): string[] {
    const all = this.conditional === undefined ? this.#init.peers : [...this.#init.peers, this.conditional.provider]
    return all.map(({ peerId }) => peerId).filter(peerId => !this.heard.has(peerId))
  }

  get hasAsked(): boolean {
    return this.#init.peers.length > 0
  }

  /** A quote came, or a refusal that brought one; without one the peer is full. */
  hear(provider: Provider, times: QuotedTimes | undefined): void {
    const { state, enough } = this.#init
    if (state.isClosed) return
    this.heard.add(provider.peerId)
    if (times !== undefined) state.quote(provider, times)
    if (this.heard.size >= enough) this.#decide()
  }

  /** Somebody took the request: what comes later is kept for failover. */
  end(): void {
    this.#isOver = true
  }

  #decide(): void {
    if (this.#isOver || this.#init.state.isClosed) return
    this.#isOver = true
    this.#init.onDecide(this)
  }

  #ask(provider: Provider): void {
    const { state } = this.#init
    const { asker, model } = state.init.conversation
    const { events, foresight } = state.world
    const roundTripMs = asker.roundTripMs(provider, model)
    asker.connect(provider)
    events.after(roundTripMs / 2, () => {
      if (!provider.isAlive && !provider.answersQuotes) return
      const times = promiseOf(provider, state.quoted(), events.nowMs, foresight)
      events.after(roundTripMs / 2, () => this.hear(provider, times))
    })
  }
}
