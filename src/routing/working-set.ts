/** Peers of one model that an asker ranks, as in `routing.md` 3.2. */
export const WORKING_SET_SIZE = 48
/** This share is replaced */
const REPLACED_SHARE = 0.25
/** after this time. */
const REPLACED_EVERY_MS = 10 * 60_000

/** Draws for each peer that is wanted, before all that are left are listed: 3 of 4 hit at least. */
const TRIES = 8

/** All providers of the model that are known. */
export interface KnownPeers {
  readonly peerIds: readonly string[]
  has(peerId: string): boolean
}

/** Options of `WorkingSet`. */
export interface WorkingSetInit {
  /** @default 48 */
  size?: number
  /** Uniform in [0, 1). */
  random: () => number
}

/**
 * A random part of all providers of a model. Askers that all rank the same peers crowd the fastest; each with a
 * random part of its own spreads over them. Pure but for the draws: time is given.
 */
export class WorkingSet {
  readonly #size: number
  readonly #random: () => number
  #members = new Set<string>()
  #replacedAtMs = Number.NEGATIVE_INFINITY

  constructor({ size = WORKING_SET_SIZE, random }: WorkingSetInit) {
    this.#size = size
    this.#random = random
  }

  /** The members that are still known, filled up from the others; every ten minutes a quarter is drawn anew. */
  members(known: KnownPeers, nowMs: number): ReadonlySet<string> {
    const isDue = nowMs - this.#replacedAtMs >= REPLACED_EVERY_MS
    if (isDue) this.#replacedAtMs = nowMs
    const staying = [...this.#members].filter(peerId => known.has(peerId))
    const leaving = isDue && known.peerIds.length > this.#size ? Math.ceil(staying.length * REPLACED_SHARE) : 0
    for (let gone = 0; gone < leaving; gone++) staying.splice(Math.floor(this.#random() * staying.length), 1)
    const kept = new Set(staying)
    this.#members = new Set([...kept, ...drawPeers(known.peerIds, this.#size - kept.size, kept, this.#random)])
    return this.#members
  }
}

/** Up to `count` of `peerIds` that are not left out, each at most once. */
export function drawPeers(
  peerIds: readonly string[],
  count: number,
  leaveOut: { has(peerId: string): boolean; readonly size: number },
  random: () => number
): string[] {
  const drawn = new Set<string>()
  // Where few are wanted of many, trying again is cheaper than a list of all that are left; but not for ever.
  const isFewOfMany = 4 * (count + leaveOut.size) < peerIds.length
  for (let tries = isFewOfMany ? TRIES * count : 0; tries > 0 && drawn.size < count; tries--) {
    const peerId = peerIds[Math.floor(random() * peerIds.length)]!
    if (!leaveOut.has(peerId)) drawn.add(peerId)
  }
  if (drawn.size >= count) return [...drawn]
  const left = peerIds.filter(peerId => !drawn.has(peerId) && !leaveOut.has(peerId))
  while (drawn.size < count && left.length > 0) {
    const index = Math.floor(random() * left.length)
    drawn.add(left[index]!)
    left[index] = left.at(-1)!
    left.pop()
  }
  return [...drawn]
}
