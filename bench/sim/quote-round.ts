import type { Provider } from './provider.ts'
import { promiseOf, type QuotedTimes } from './provider-quote.ts'
import type { RequestState } from './request-state.ts'

/** Options of `QuoteRound`. */
export interface QuoteRoundInit {
  state: RequestState
  peers: readonly Provider[]
  /** It is decided when this many quotes are at hand that still count, those of earlier rounds among them, */
  enough: number
  /** or after this time, or when all have answered. */
  deadlineMs: number
  onDecide: (round: QuoteRound) => void
}

/** One collection of quotes: ends once. What comes later is kept too. */
export class QuoteRound {
  readonly #init: QuoteRoundInit
  readonly #heard = new Set<string>()
  #isOver = false

  constructor(init: QuoteRoundInit) {
    this.#init = init
    const { state, deadlineMs, peers } = init
    state.count('probes', peers.length)
    for (const provider of peers) this.#ask(provider)
    state.world.events.after(deadlineMs, () => this.#decide())
  }

  /** Asked, and not heard of. */
  get silent(): string[] {
    return this.#init.peers.map(({ peerId }) => peerId).filter(peerId => !this.#heard.has(peerId))
  }

  #hear(provider: Provider, times: QuotedTimes | undefined): void {
    const { state, enough, peers } = this.#init
    if (state.isClosed) return
    this.#heard.add(provider.peerId)
    state.quote(provider, times)
    if (this.#heard.size === peers.length || state.quotesAtHand >= enough) this.#decide()
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
      events.after(roundTripMs / 2, () => this.#hear(provider, times))
    })
  }
}
