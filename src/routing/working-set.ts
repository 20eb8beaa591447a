/** Peers of one model that an asker ranks, as in `routing.md` 3.2. */
const WORKING_SET_SIZE = 48
/** This share is replaced */
const REPLACED_SHARE = 0.25
/** after this time. */
const REPLACED_EVERY_MS = 10 * 60_000

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
  #members: string[] = []
  #replacedAtMs = Number.NEGATIVE_INFINITY

  constructor({ size = WORKING_SET_SIZE, random }: WorkingSetInit) {
    this.#size = size
    this.#random = random
  }

  /** The members that are among `known`, filled up from it; every ten minutes a quarter is drawn anew. */
  members(known: readonly string[], nowMs: number): readonly string[] {
    const isDue = nowMs - this.#replacedAtMs >= REPLACED_EVERY_MS
    if (isDue) this.#replacedAtMs = nowMs
    const present = new Set(known)
    const staying = this.#members.filter(peerId => present.has(peerId))
    const leaving = isDue && known.length > this.#size ? Math.ceil(staying.length * REPLACED_SHARE) : 0
    for (let gone = 0; gone < leaving; gone++) staying.splice(Math.floor(this.#random() * staying.length), 1)
    this.#members = [...staying, ...this.draw(known, this.#size - staying.length, new Set(staying))]
    return this.#members
  }

  /** Up to `count` of `known` that are not left out, each at most once. */
  draw(known: readonly string[], count: number, leaveOut: ReadonlySet<string>): string[] {
    const left = known.filter(peerId => !leaveOut.has(peerId))
    const drawn: string[] = []
    while (drawn.length < count && left.length > 0) {
      const index = Math.floor(this.#random() * left.length)
      drawn.push(left[index]!)
      left[index] = left.at(-1)!
      left.pop()
    }
    return drawn
  }
}
