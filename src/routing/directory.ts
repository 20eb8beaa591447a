import { type Advert, type AdvertOrigin, type Candidate, matchesModel } from '../interface/index.ts'
import { addressPrefix } from './address-prefix.ts'
import { RecentMap } from './recent-map.ts'

/** Providers kept at once; 4 KiB each at most, so 8 MiB. */
const MAX_PROVIDERS = 2_000
/** Providers kept of one /24 or /48, so that one machine with many keys cannot push the others out. */
const MAX_PER_PREFIX = 200
/** Clocks may differ by this much before an advert that others pass on is not believed. */
const MAX_CLOCK_SKEW_MS = 120_000

/** How an advert came, and in which form it is passed on. */
export interface AdvertSource {
  origin: AdvertOrigin
  envelope: Uint8Array
  /** How long somebody else held it before. @default 0 */
  ageMs?: number
}

/** What became of an advert that was offered. */
export type OfferOutcome = 'taken' | 'gone' | 'old' | 'expired' | 'future' | 'full'

interface Entry {
  advert: Advert
  envelope: Uint8Array
  receivedAtMs: number
  ageMs: number
  expiresAtMs: number
  prefix: string
}

/** Options of `ProviderDirectory`. */
export interface ProviderDirectoryInit {
  /** This node; its own adverts are not kept. */
  selfId: string
  /** Monotonic clock for lifetimes. @default performance.now */
  monotonicNow?: () => number
  /** Wall clock, compared with what adverts say. @default Date.now */
  wallNow?: () => number
}

/** Who serves what, as far as this node has heard. Merges all sources, expires, and stays within its bounds. */
export class ProviderDirectory {
  readonly #selfId: string
  readonly #monotonicNow: () => number
  readonly #wallNow: () => number
  readonly #entries = new Map<string, Entry>()
  readonly #perPrefix = new Map<string, number>()
  /** Highest sequence by peer, kept after the advert itself is gone, so that a replay stays old. */
  readonly #sequences = new RecentMap<string, number>(2 * MAX_PROVIDERS)
  readonly #listeners = new Set<(peerId: string) => void>()

  constructor(init: ProviderDirectoryInit) {
    this.#selfId = init.selfId
    this.#monotonicNow = init.monotonicNow ?? (() => performance.now())
    this.#wallNow = init.wallNow ?? Date.now
  }

  /** Providers known now. */
  get size(): number {
    return this.all().length
  }

  /** Whether an advert of this number would tell anything new. */
  isNews(peerId: string, sequence: number): boolean {
    return peerId !== this.#selfId && sequence > (this.#sequences.get(peerId) ?? -1)
  }

  /** Takes an advert whose signature was checked. */
  offer(advert: Advert, source: AdvertSource): OfferOutcome {
    if (advert.peerId === this.#selfId) return 'old'
    const known = this.#entries.get(advert.peerId)
    if (advert.sequence <= (this.#sequences.get(advert.peerId) ?? -1) && !this.#isRestart(advert, known, source))
      return 'old'
    if (source.origin !== 'direct') {
      const outcome = this.#judgeClock(advert)
      if (outcome !== undefined) return outcome
    }
    const lifetimeMs = advert.ttlMs - (source.ageMs ?? 0)
    if (advert.ttlMs > 0 && lifetimeMs <= 0) return 'expired'
    if (advert.ttlMs === 0 || advert.models.length === 0) {
      this.#sequences.set(advert.peerId, advert.sequence)
      this.remove(advert.peerId)
      return 'gone'
    }
    return this.#keep(advert, source, lifetimeMs)
  }

  /** Forgets a peer's advert, as when the peer failed. The next advert of the peer is taken again. */
  remove(peerId: string): void {
    const entry = this.#entries.get(peerId)
    if (entry === undefined) return
    this.#entries.delete(peerId)
    this.#perPrefix.set(entry.prefix, (this.#perPrefix.get(entry.prefix) ?? 1) - 1)
    if (this.#perPrefix.get(entry.prefix) === 0) this.#perPrefix.delete(entry.prefix)
    this.#tell(peerId)
  }

  get(peerId: string): Advert | undefined {
    this.#expire()
    return this.#entries.get(peerId)?.advert
  }

  all(): Advert[] {
    this.#expire()
    return [...this.#entries.values()].map(entry => entry.advert)
  }

  /** Providers of a model, one entry for each model of theirs that matches, in no order. */
  candidates(model: string): Candidate[] {
    return this.all().flatMap(advert =>
      advert.slots.total === 0
        ? []
        : advert.models.filter(offered => matches(model, offered)).map(offered => ({ advert, model: offered }))
    )
  }

  /** What to pass on to a peer that asks for the whole set. */
  *held(): Generator<{ envelope: Uint8Array; ageMs: number }> {
    this.#expire()
    const now = this.#monotonicNow()
    for (const { envelope, receivedAtMs, ageMs } of this.#entries.values()) {
      yield { envelope, ageMs: ageMs + now - receivedAtMs }
    }
  }

  /** Calls `listener` with the peer whose advert came or went. Returns the way to stop it. */
  onChange(listener: (peerId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The peer itself tells of a new start, over its own connection: its numbers may begin anew. */
  #isRestart(advert: Advert, known: Entry | undefined, source: AdvertSource): boolean {
    return source.origin === 'direct' && (known === undefined || known.advert.bootNonce !== advert.bootNonce)
  }

  #judgeClock(advert: Advert): OfferOutcome | undefined {
    const now = this.#wallNow()
    if (advert.issuedAtMs > now + MAX_CLOCK_SKEW_MS) return 'future'
    // A goodbye has no lifetime of its own; one that comes late is still true.
    if (advert.ttlMs > 0 && advert.issuedAtMs + advert.ttlMs + MAX_CLOCK_SKEW_MS < now) return 'expired'
    return undefined
  }

  #keep(advert: Advert, { envelope, ageMs = 0 }: AdvertSource, lifetimeMs: number): OfferOutcome {
    this.#expire()
    const prefix = addressPrefix(advert.addresses)
    const known = this.#entries.get(advert.peerId)
    const inPrefix = (this.#perPrefix.get(prefix) ?? 0) - (known?.prefix === prefix ? 1 : 0)
    if (inPrefix >= MAX_PER_PREFIX || (known === undefined && this.#entries.size >= MAX_PROVIDERS)) return 'full'
    if (known !== undefined) this.#perPrefix.set(known.prefix, (this.#perPrefix.get(known.prefix) ?? 1) - 1)
    const now = this.#monotonicNow()
    this.#sequences.set(advert.peerId, advert.sequence)
    this.#entries.set(advert.peerId, {
      advert,
      envelope,
      ageMs,
      receivedAtMs: now,
      expiresAtMs: now + lifetimeMs,
      prefix
    })
    this.#perPrefix.set(prefix, (this.#perPrefix.get(prefix) ?? 0) + 1)
    this.#tell(advert.peerId)
    return 'taken'
  }

  #expire(): void {
    const now = this.#monotonicNow()
    for (const [peerId, entry] of this.#entries) if (entry.expiresAtMs <= now) this.remove(peerId)
  }

  #tell(peerId: string): void {
    for (const listener of this.#listeners) listener(peerId)
  }
}

function matches(wanted: string, model: Candidate['model']): boolean {
  return matchesModel(wanted, model) && (wanted !== 'auto' || model.features.chat)
}
