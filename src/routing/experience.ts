import { ExpectedLengths } from './output-length.ts'
import { mayHedge } from './policies/index.ts'
import { RecentMap } from './recent-map.ts'
import { type Kept, observeTrust } from './trust.ts'
import { WorkingSet } from './working-set.ts'

const MAX_PEERS = 4_000
const MAX_MODELS = 256
/** Own first tokens that the ninth decile is taken of, and how many it needs to mean anything. */
const KEPT_FIRST_TOKENS = 64
const LEAST_FIRST_TOKENS = 10

/** What this node has found out about others by asking them. Kept in memory: a new start begins without prejudice. */
export class Experience {
  /** How long answers were. */
  readonly lengths = new ExpectedLengths()
  readonly #trust = new RecentMap<string, number>(MAX_PEERS)
  readonly #usedAtMs = new RecentMap<string, number>(MAX_PEERS)
  readonly #workingSets = new RecentMap<string, WorkingSet>(MAX_MODELS)
  readonly #firstTokensMs: number[] = []
  readonly #now: () => number
  readonly #random: () => number
  #requests = 0
  #hedges = 0

  constructor({
    now = () => performance.now(),
    random = Math.random
  }: { now?: () => number; random?: () => number } = {}) {
    this.#now = now
    this.#random = random
  }

  /** Observed by promised time; 1 for a stranger. See `observeTrust`. */
  trustOf(peerId: string): number {
    return this.#trust.get(peerId) ?? 1
  }

  /** A peer has answered, or was left because it was slow. */
  observe(peerId: string, kept: Kept): void {
    this.#trust.set(peerId, observeTrust(this.#trust.get(peerId), kept))
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
    const made = new WorkingSet({ random: this.#random })
    this.#workingSets.set(digest, made)
    return made
  }

  /** A request begins. */
  begin(): void {
    this.#requests++
  }

  /** Takes one hedge out of the share of extra work, if there is one left. */
  takeHedge(): boolean {
    if (!mayHedge(this.#hedges, this.#requests)) return false
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
