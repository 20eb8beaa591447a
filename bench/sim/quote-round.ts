import type { Provider } from './provider.ts'
import { promiseOf } from './provider-quote.ts'
import type { RequestState } from './request-state.ts'

/** Options of `askForQuotes`. */
export interface QuoteRound {
  state: RequestState
  peers: readonly Provider[]
  /** It is decided when this many quotes are at hand that still count, those of earlier rounds among them, */
  enough: number
  /** or after this time, or when all have answered. */
  deadlineMs: number
  /** Called once, unless the request is over. */
  onDecide: () => void
}

/** Asks all of them at once, as `src/routing/quote-book.ts` does. What comes after the decision is kept too. */
export function askForQuotes({ state, peers, enough, deadlineMs, onDecide }: QuoteRound): void {
  const { asker, model } = state.init.conversation
  const { events, foresight } = state.world
  let isOver = false
  let heard = 0
  const decide = () => {
    if (isOver || state.isClosed) return
    isOver = true
    onDecide()
  }
  const ask = (provider: Provider) => {
    const roundTripMs = asker.roundTripMs(provider, model)
    asker.connect(provider)
    events.after(roundTripMs / 2, () => {
      if (!provider.isAlive && !provider.answersQuotes) return
      const times = promiseOf(provider, state.quoted(), events.nowMs, foresight)
      events.after(roundTripMs / 2, () => {
        state.quote(provider, times)
        if (++heard === peers.length || state.quotesAtHand >= enough) decide()
      })
    })
  }
  state.count('probes', peers.length)
  for (const provider of peers) ask(provider)
  events.after(deadlineMs, decide)
}
