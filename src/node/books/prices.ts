import { RecentMap } from '../../routing/index.ts'

/** A price that was quoted longer ago is looked up in the advert again. */
const QUOTED_MS = 10_000
/** Peers whose last quote is remembered. */
const MAX_QUOTED = 1_000

/** What peers said that they want, in micro-credits for 1,000 tokens: nobody is paid more. */
export class Prices {
  readonly #quoted = new RecentMap<string, { price: number; atMs: number }>(MAX_QUOTED)
  readonly #advertised: (peer: string) => number | undefined

  /** `advertised` is the price in a peer's advert, 0 in one without; undefined where there is no advert. */
  constructor(advertised: (peer: string) => number | undefined) {
    this.#advertised = advertised
  }

  /** A peer signed a quote with this price. */
  quoted(peer: string, pricePerKiloToken: number): void {
    this.#quoted.set(peer, { price: pricePerKiloToken, atMs: performance.now() })
  }

  /** What the peer said last; undefined when it said nothing. */
  of(peer: string): number | undefined {
    const quoted = this.#quoted.get(peer)
    return quoted && performance.now() - quoted.atMs < QUOTED_MS ? quoted.price : this.#advertised(peer)
  }
}
