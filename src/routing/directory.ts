import {
  type Advert,
  type AdvertOrigin,
  type Candidate,
  canDo,
  type ModelTask,
  servesModel
} from '../interface/index.ts'
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
  /** Where the peer was when it gave its advert itself; its own word counts only when this is not known. */
  remoteAddress?: string
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
  /** Given by the peer itself on its own connection, at least once. */
  isDirect: boolean
  /** Whether `prefix` is where it was seen, not what it says. */
  isSeen: boolean
}

/** Calls `callback` after `delayMs`. Returns the way to stop it. */
export type StartTimer = (callback: () => void, delayMs: number) => () => void

/** Options of `ProviderDirectory`. */
export interface ProviderDirectoryInit {
  /** This node; its own adverts are not kept. */
  selfId: string
  /** Monotonic clock for lifetimes. @default performance.now */
  monotonicNow?: () => number
  /** Wall clock, compared with what adverts say. @default Date.now */
  wallNow?: () => number
  /** For telling of what expires. @default setTimeout, without holding the process */
  startTimer?: StartTimer
}

/** Who serves what, as far as this node has heard. Merges all sources, expires, and stays within its bounds. */
export class ProviderDirectory {
  readonly #selfId: string
  readonly #monotonicNow: () => number
  readonly #wallNow: () => number
  readonly #startTimer: StartTimer
  readonly #entries = new Map<string, Entry>()
  readonly #perPrefix = new Map<string, number>()
  /** Highest sequence by peer, kept after the advert itself is gone, so that a replay stays old. */
  readonly #sequences = new RecentMap<string, number>(2 * MAX_PROVIDERS)
  /** Which run of a peer has said goodbye: an older advert of it may still be on its way here. */
  readonly #left = new RecentMap<string, number>(MAX_PROVIDERS)
  readonly #listeners = new Set<(peerId: string) => void>()
  /** When the timer for the next expiry fires. */
  #timerAtMs = Number.POSITIVE_INFINITY
  #stopTimer: () => void = () => undefined
  #isTelling = false

  constructor(init: ProviderDirectoryInit) {
    this.#selfId = init.selfId
    this.#monotonicNow = init.monotonicNow ?? (() => performance.now())
    this.#wallNow = init.wallNow ?? Date.now
    this.#startTimer = init.startTimer ?? unheldTimer
  }

  /** Stops its timer. */
  close(): void {
    this.#stopTimer()
    this.#timerAtMs = Number.POSITIVE_INFINITY
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
    if (advert.sequence <= (this.#sequences.get(advert.peerId) ?? -1) && !this.#isRestart(advert, known, source)) {
      if (source.origin === 'direct' && known?.advert.sequence === advert.sequence) this.#meet(known, source)
      return 'old'
    }
    if (source.origin !== 'direct') {
      const outcome = this.#judgeClock(advert)
      if (outcome !== undefined) return outcome
    }
    const lifetimeMs = advert.ttlMs - (source.ageMs ?? 0)
    if (advert.ttlMs > 0 && lifetimeMs <= 0) return 'expired'
    if (advert.ttlMs === 0 || advert.models.length === 0) {
      this.#sequences.set(advert.peerId, advert.sequence)
      this.#left.set(advert.peerId, advert.bootNonce)
      this.remove(advert.peerId)
      return 'gone'
    }
    return this.#keep(advert, source, lifetimeMs)
  }

  /** Forgets a peer's advert, as when the peer failed. The next advert of the peer is taken again. */
  remove(peerId: string): void {
    if (this.#delete(peerId)) this.#tell([peerId])
  }

  get(peerId: string): Advert | undefined {
    this.#expire()
    const entry = this.#entries.get(peerId)
    return entry !== undefined && this.#isAlive(entry) ? entry.advert : undefined
  }

  all(): Advert[] {
    return this.#alive().map(entry => entry.advert)
  }

  /** The network of a peer, as far as it is known; `none` otherwise. */
  prefixOf(peerId: string): string {
    return this.#entries.get(peerId)?.prefix ?? addressPrefix([])
  }

  /** Since a peer wrote its advert, as far as that is known; 0 when there is none. */
  ageMs(peerId: string): number {
    const entry = this.#entries.get(peerId)
    return entry === undefined ? 0 : entry.ageMs + this.#monotonicNow() - entry.receivedAtMs
  }

  /** Providers of a model for a task, one entry for each model of theirs that matches, in no order. */
  candidates(model: string, task: ModelTask = 'chat'): Candidate[] {
    return this.all().flatMap(advert =>
      advert.models
        .filter(
          offered => offered.slots.total > 0 && servesModel(model, offered, task) && canDo(offered.features, task)
        )
        .map(offered => ({ advert, model: offered }))
    )
  }

  /** What to pass on to a peer that asks for the whole set, or for a part of it. */
  *held(): Generator<{ envelope: Uint8Array; ageMs: number; advert: Advert; prefix: string }> {
    const now = this.#monotonicNow()
    for (const { envelope, receivedAtMs, ageMs, advert, prefix } of this.#alive()) {
      yield { envelope, ageMs: ageMs + now - receivedAtMs, advert, prefix }
    }
  }

  /** Calls `listener` with the peer whose advert came or went. Returns the way to stop it. */
  onChange(listener: (peerId: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** The peer itself tells of a new start, over its own connection: its numbers may begin anew. */
  #isRestart(advert: Advert, known: Entry | undefined, source: AdvertSource): boolean {
    const lastRun = known === undefined ? this.#left.get(advert.peerId) : known.advert.bootNonce
    return source.origin === 'direct' && lastRun !== advert.bootNonce
  }

  #judgeClock(advert: Advert): OfferOutcome | undefined {
    const now = this.#wallNow()
    if (advert.issuedAtMs > now + MAX_CLOCK_SKEW_MS) return 'future'
    // A goodbye has no lifetime of its own; one that comes late is still true.
    if (advert.ttlMs > 0 && advert.issuedAtMs + advert.ttlMs + MAX_CLOCK_SKEW_MS < now) return 'expired'
    return undefined
  }

  #keep(advert: Advert, source: AdvertSource, lifetimeMs: number): OfferOutcome {
    this.#expire()
    const known = this.#entries.get(advert.peerId)
    const isDirect = source.origin === 'direct' || known?.isDirect === true
    const prefix = this.#prefixFor(advert, source, known)
    const room = this.#makeRoom(prefix, known, isDirect)
    if (room === undefined) return 'full'
    this.#delete(advert.peerId)
    const now = this.#monotonicNow()
    const expiresAtMs = now + lifetimeMs
    const { ageMs = 0 } = source
    // It came as a slice of a pool of 64 KiB, which it would hold for as long as it is kept.
    const envelope = new Uint8Array(source.envelope)
    const isSeen = source.remoteAddress !== undefined || known?.isSeen === true
    this.#sequences.set(advert.peerId, advert.sequence)
    this.#left.delete(advert.peerId)
    this.#insert({ advert, envelope, ageMs, receivedAtMs: now, expiresAtMs, prefix, isDirect, isSeen })
    this.#tellAt(expiresAtMs)
    this.#tell([...room, advert.peerId])
    return 'taken'
  }

  /** The peer gives itself what was heard of it before: nothing new, but now it is known where it is. */
  #meet(known: Entry, source: AdvertSource): void {
    const { peerId } = known.advert
    const prefix = this.#prefixFor(known.advert, source, known)
    const room = this.#makeRoom(prefix, known, true)
    if (room === undefined) return
    this.#delete(peerId)
    const isSeen = source.remoteAddress !== undefined || known.isSeen
    this.#insert({ ...known, prefix, isDirect: true, isSeen })
    this.#tell(room)
  }

  #insert(entry: Entry): void {
    this.#entries.set(entry.advert.peerId, entry)
    this.#perPrefix.set(entry.prefix, (this.#perPrefix.get(entry.prefix) ?? 0) + 1)
  }

  /** Where the peer was seen; what it says of itself could shut its neighbours out. */
  #prefixFor(advert: Advert, { remoteAddress }: AdvertSource, known: Entry | undefined): string {
    if (remoteAddress !== undefined) return addressPrefix([remoteAddress])
    return known?.isSeen === true ? known.prefix : addressPrefix(advert.addresses)
  }

  /** Whoever is here in person displaces one who was only heard of. Returns who had to go, nothing without room. */
  #makeRoom(prefix: string, known: Entry | undefined, isDirect: boolean): string[] | undefined {
    const inPrefix = (this.#perPrefix.get(prefix) ?? 0) - (known?.prefix === prefix ? 1 : 0)
    const isPrefixFull = inPrefix >= MAX_PER_PREFIX
    if (!isPrefixFull && (known !== undefined || this.#entries.size < MAX_PROVIDERS)) return []
    const displaced = isDirect ? this.#soonestHeardOf(isPrefixFull ? prefix : undefined, known) : undefined
    if (displaced === undefined) return undefined
    this.#delete(displaced)
    return [displaced]
  }

  #soonestHeardOf(prefix: string | undefined, except: Entry | undefined): string | undefined {
    let soonest: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (entry.isDirect || entry === except || (prefix !== undefined && entry.prefix !== prefix)) continue
      if (soonest === undefined || entry.expiresAtMs < soonest.expiresAtMs) soonest = entry
    }
    return soonest?.advert.peerId
  }

  #delete(peerId: string): boolean {
    const entry = this.#entries.get(peerId)
    if (entry === undefined) return false
    this.#entries.delete(peerId)
    const left = (this.#perPrefix.get(entry.prefix) ?? 1) - 1
    if (left > 0) this.#perPrefix.set(entry.prefix, left)
    else this.#perPrefix.delete(entry.prefix)
    return true
  }

  #isAlive(entry: Entry): boolean {
    return entry.expiresAtMs > this.#monotonicNow()
  }

  #alive(): Entry[] {
    this.#expire()
    return [...this.#entries.values()].filter(entry => this.#isAlive(entry))
  }

  #expire(): void {
    // Nothing is over before the timer's time, so that a look costs nothing.
    if (this.#monotonicNow() >= this.#timerAtMs) this.#expireNow()
  }

  /** All go before anybody is told. While listeners read, nothing more goes: they would be told inside of telling. */
  #expireNow(): void {
    if (this.#isTelling) return
    const over = [...this.#entries].filter(([, entry]) => !this.#isAlive(entry)).map(([peerId]) => peerId)
    for (const peerId of over) this.#delete(peerId)
    this.#tell(over)
  }

  #tellAt(atMs: number): void {
    if (atMs >= this.#timerAtMs) return
    this.#stopTimer()
    this.#timerAtMs = atMs
    this.#stopTimer = this.#startTimer(
      () => {
        this.#timerAtMs = Number.POSITIVE_INFINITY
        this.#expireNow()
        const next = Math.min(...[...this.#entries.values()].map(entry => entry.expiresAtMs))
        if (next < Number.POSITIVE_INFINITY) this.#tellAt(next)
      },
      Math.max(1, Math.ceil(atMs - this.#monotonicNow()))
    )
  }

  #tell(peerIds: readonly string[]): void {
    const wasTelling = this.#isTelling
    this.#isTelling = true
    try {
      for (const peerId of peerIds) for (const listener of this.#listeners) listener(peerId)
    } finally {
      this.#isTelling = wasTelling
    }
  }
}

function unheldTimer(callback: () => void, delayMs: number): () => void {
  const timer = setTimeout(callback, delayMs).unref()
  return () => clearTimeout(timer)
}
