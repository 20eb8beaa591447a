import { QUOTE_VALID_MS, type Quote, type QuoteRequest, type RemoteQuote, timeLimit } from '../interface/index.ts'
import { type PolicyQuote, QUOTE_KEPT_MS } from './policies/index.ts'

/** Quotes that one request has got, and those that are on their way. */
export class QuoteBook {
  readonly #remote: RemoteQuote
  readonly #signal: AbortSignal
  readonly #onQuote: (peerId: string, quote: Quote) => void
  readonly #quotes = new Map<string, { quote: Quote; atMs: number }>()
  #news: () => void = () => undefined

  /** `signal`: the request is over. `onQuote` hears each of them. */
  constructor(
    remote: RemoteQuote,
    signal: AbortSignal,
    onQuote: (peerId: string, quote: Quote) => void = () => undefined
  ) {
    this.#remote = remote
    this.#onQuote = onQuote
    this.#signal = signal
  }

  /** What a peer promised just now, if it would take the request. */
  of(peerId: string): Quote | undefined {
    const known = this.#quotes.get(peerId)
    return known?.quote.status === 'ok' && isKept(known) ? known.quote : undefined
  }

  /** The promises of all that would take the request. */
  all(): PolicyQuote[] {
    const now = performance.now()
    return [...this.#quotes]
      .filter(([, { quote }]) => quote.status === 'ok')
      .map(([peerId, { quote, atMs }]) => ({
        peerId,
        waitMs: quote.waitMs,
        firstTokenMs: quote.firstTokenMs,
        decodeTokensPerSecond: quote.decodeTokensPerSecond,
        pricePerKiloToken: quote.pricePerKiloToken,
        ageMs: now - atMs
      }))
  }

  /** A quote that came on another way, as with a refusal. */
  add(peerId: string, quote: Quote): void {
    this.#quotes.set(peerId, { quote, atMs: performance.now() })
    this.#onQuote(peerId, quote)
    this.#news()
  }

  /**
   * Asks these peers at once. Resolves when `enough` quotes are at hand that still count, when all have answered or
   * failed, or after `deadlineMs`; what comes later is kept too. Never rejects: who gives no quote is not chosen by one.
   */
  async ask(
    peerIds: readonly string[],
    question: (peerId: string) => QuoteRequest,
    bounds: { enough: number; deadlineMs: number }
  ): Promise<void> {
    const { enough, deadlineMs } = bounds
    // A quote is worth nothing once it is out of date, so a dial is not waited for any longer.
    const signal = AbortSignal.any([this.#signal, timeLimit(Math.max(deadlineMs, QUOTE_VALID_MS))])
    const questions = peerIds.map(async peerId => {
      try {
        this.add(peerId, await this.#remote(peerId, question(peerId), signal))
      } catch {
        // It is dead, slow, or of a version without quotes: its advert must do.
      }
    })
    const isEnough = new Promise<void>(resolve => {
      this.#news = () => {
        if ([...this.#quotes.values()].filter(isKept).length >= enough) resolve()
      }
      this.#news()
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>(resolve => {
      timer = setTimeout(resolve, deadlineMs)
    })
    await Promise.race([Promise.all(questions), isEnough, late])
    clearTimeout(timer)
  }
}

function isKept({ atMs }: { atMs: number }): boolean {
  return performance.now() - atMs <= QUOTE_KEPT_MS
}
