import type { Quote } from '../interface/index.ts'
import { ExpectedLengths } from './output-length.ts'
import { mayHedge } from './policies/index.ts'
import { RecentMap } from './recent-map.ts'
import { type Kept, lastMissed, missedBy, NEWEST, observeTrust, withLies } from './trust.ts'
import { WorkingSet } from './working-set.ts'

const MAX_PEERS = 4_000
const MAX_MODELS = 256
/** Own first tokens that the ninth decile is taken of, and how many it needs to mean anything. */
const KEPT_FIRST_TOKENS = 64
const LEAST_FIRST_TOKENS = 10
/** What was observed of a peer counts half after this long, so that one that was slow is tried again. */
const TRUST_HALF_LIFE_MS = 60 * 60_000

/** How fast a peer was, as moving means. */
export interface ObservedSpeed {
  firstTokenMs: number
  tokensPerSecond?: number
}

/** Options of `Experience`. */
interface ExperienceInit {
  /** @default performance.now */
  now?: () => number
  /** @default Math.random */
  random?: () => number
  /** Providers of one model that are ranked. @default 48 */
  workingSetSize?: number
}

interface Trust {
  /** See `observeTrust`. */
  mean: number
  /** By how much its last promises were missed. */
  missed: readonly number[]
  atMs: number
}

/** What this node has found out about others by asking them. Kept in memory: a new start begins without prejudice. */
export class Experience {
  /** How long answers were. */
  readonly lengths = new ExpectedLengths()
  readonly #trust = new RecentMap<string, Trust>(MAX_PEERS)
  readonly #speeds = new RecentMap<string, ObservedSpeed>(MAX_PEERS)
  readonly #quotes = new RecentMap<string, { quote: Quote; atMs: number }>(MAX_PEERS)
  readonly #usedAtMs = new RecentMap<string, number>(MAX_PEERS)
  readonly #workingSets = new RecentMap<string, WorkingSet>(MAX_MODELS)
  readonly #firstTokensMs: number[] = []
  readonly #now: () => number
  readonly #random: () => number
  readonly #workingSetSize: number | undefined
  #requests = 0
  #hedges = 0

  constructor({ now = () => performance.now(), random = Math.random, workingSetSize }: ExperienceInit = {}) {
    this.#now = now
    this.#random = random
    this.#workingSetSize = workingSetSize
  }

  /** Observed by promised time; 1 for a stranger, and again for a peer that was not seen for long. See `observeTrust`, `withLies`. */
  trustOf(peerId: string): number {
    const trust = this.#trust.get(peerId)
    if (trust === undefined) return 1
    const left = 0.5 ** ((this.#now() - trust.atMs) / TRUST_HALF_LIFE_MS)
    return 1 + (withLies(trust.mean, trust.missed) - 1) * left
  }

  /** How fast the peer was when it answered; undefined before. */
  speedOf(peerId: string): ObservedSpeed | undefined {
    return this.#speeds.get(peerId)
  }

  /** What the peer promised last, and how long ago. */
  lastQuoteOf(peerId: string): { quote: Quote; ageMs: number } | undefined {
    const last = this.#quotes.get(peerId)
    return last && { quote: last.quote, ageMs: this.#now() - last.atMs }
  }

  /** A peer has promised something. */
  quoted(peerId: string, quote: Quote): void {
    this.#quotes.set(peerId, { quote, atMs: this.#now() })
  }

  /** A peer has answered this fast. */
  saw(peerId: string, { firstTokenMs, tokensPerSecond }: ObservedSpeed): void {
    const before = this.#speeds.get(peerId)
    const mean = (old: number | undefined, now: number) => (old === undefined ? now : old + NEWEST * (now - old))
    const speed =
      tokensPerSecond === undefined ? before?.tokensPerSecond : mean(before?.tokensPerSecond, tokensPerSecond)
    this.#speeds.set(peerId, {
      firstTokenMs: mean(before?.firstTokenMs, firstTokenMs),
      ...(speed !== undefined && { tokensPerSecond: speed })
    })
  }

  /** A peer has answered, or was left because it was slow. `pace`: the same for its tokens alone. */
  observe(peerId: string, kept: Kept, pace?: Kept): void {
    const before = this.#trust.get(peerId)
    const missed = lastMissed(before?.missed ?? [], Math.max(missedBy(kept), pace === undefined ? 0 : missedBy(pace)))
    // Answers beyond those whose misses are kept do not change the weight of a new one.
    const known = { mean: before?.mean ?? 1, answers: before?.missed.length ?? 0 }
    this.#trust.set(peerId, { mean: observeTrust(known, kept), missed, atMs: this.#now() })
  }

  /** Since the peer was sent a request. */
  lastUsedAgoMs(peerId: string): number | undefined {
    const atMs = this.#usedAtMs.get(peerId)
    return atMs === undefined ? undefined : this.#now() - atMs
  }

  /** The peer is sent a request. */
  use(peerId: string): void {
    this.#usedAtMs.set(peerId, this.#now())
  }

  /** The part of a model's providers that this node ranks. */
  workingSet(digest: string): WorkingSet {
    const known = this.#workingSets.get(digest)
    if (known !== undefined) return known
    const made = new WorkingSet({ size: this.#workingSetSize, random: this.#random })
    this.#workingSets.set(digest, made)
    return made
  }

  /** A request begins. */
  begin(): void {
    this.#requests++
  }

  /** Whether there is a hedge left in the share of extra work. */
  get mayHedge(): boolean {
    return mayHedge(this.#hedges, this.#requests)
  }

  /** Takes one hedge out of the share of extra work, if there is one left. */
  takeHedge(): boolean {
    if (!this.mayHedge) return false
    this.#hedges++
    return true
  }

  /** A first token came, so long after its request. */
  firstToken(afterMs: number): void {
    this.#firstTokensMs.push(afterMs)
    if (this.#firstTokensMs.length > KEPT_FIRST_TOKENS) this.#firstTokensMs.shift()
  }

  /** The ninth decile of this node's own first tokens; undefined while there are too few. */
  get p90FirstTokenMs(): number | undefined {
    const sorted = this.#firstTokensMs.toSorted((a, b) => a - b)
    return sorted.length < LEAST_FIRST_TOKENS ? undefined : sorted[Math.floor(0.9 * (sorted.length - 1))]
  }
}
