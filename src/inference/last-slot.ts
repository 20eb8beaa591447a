import { LOCAL_TENANT } from '../interface/index.ts'

/** How long a slot stays free for one who has asked: about as long as somebody reads an answer before asking again. */
export const KEPT_FREE_MS = 30_000
/** Askers remembered; of more than these, some hold nothing in any case. */
const MAX_ASKERS = 256

interface Asker {
  /** Where it waits, alone or with others. */
  turn: string
  /** Slots that it has. */
  held: number
  askedAtMs: number
}

/**
 * What runs cannot be taken back, so fair turns do not help a short question while the long answers of one peer have
 * all slots. Therefore nobody who holds a slot gets the last free one too, as long as another one holds none and has
 * asked within half a minute; nor do the peers of one pool together, as long as one outside of it has. The owner of the
 * machine may fill it.
 */
export class LastSlot {
  readonly #askers = new Map<string, Asker>()

  /** A tenant asks for a slot. */
  asked(tenant: string, turn: string): void {
    const held = this.#askers.get(tenant)?.held ?? 0
    // Behind the others, which asked longer ago.
    this.#askers.delete(tenant)
    this.#askers.set(tenant, { turn, held, askedAtMs: performance.now() })
    this.#forget()
  }

  /** It got one. */
  took(tenant: string, turn: string): void {
    const asker = this.#askers.get(tenant) ?? { turn, held: 0, askedAtMs: performance.now() }
    this.#askers.set(tenant, { ...asker, held: asker.held + 1 })
  }

  /** It gave one back, and may ask again when it has read the answer. */
  gaveBack(tenant: string, turn: string): void {
    const held = Math.max(0, (this.#askers.get(tenant)?.held ?? 0) - 1)
    this.#askers.set(tenant, { turn, held, askedAtMs: performance.now() })
  }

  /** Whether the last free slot is not for this one. */
  isKeptFrom(tenant: string, turn: string): boolean {
    const own = this.#askers.get(tenant)?.held ?? 0
    const beside = [...this.#askers.values()].some(asker => asker.turn === turn && asker.held > 0)
    if (tenant === LOCAL_TENANT || !(own > 0 || beside)) return false
    const sinceMs = performance.now() - KEPT_FREE_MS
    return [...this.#askers].some(
      ([name, { turn: of, held, askedAtMs }]) =>
        name !== tenant && held === 0 && askedAtMs >= sinceMs && (own > 0 || of !== turn)
    )
  }

  #forget(): void {
    const sinceMs = performance.now() - KEPT_FREE_MS
    for (const [tenant, { held, askedAtMs }] of this.#askers) {
      if (held === 0 && (askedAtMs < sinceMs || this.#askers.size > MAX_ASKERS)) this.#askers.delete(tenant)
    }
  }
}
