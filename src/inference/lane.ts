/** Something that waits, and what it is expected to cost: milliseconds of a slot, tokens, or what else is shared. */
export interface Work {
  tenant: string
  cost: number
}

/** Works that wait for a turn of their own. */
export interface Lane<T extends Work> {
  readonly entries: readonly T[]
  add(entry: T): void
  /** Takes an entry out before its turn. Whether it was there. */
  remove(entry: T): boolean
  /** Takes the first whose turn it is and that `may` go. */
  next(may: (entry: T) => boolean): T | undefined
  /** What `next` gave is done, and this is what it has cost. */
  settle(entry: T, cost: number): void
}

/** The works of one tenant, in the order in which they came. */
export class TenantLane<T extends Work> implements Lane<T> {
  readonly #entries: T[] = []

  get entries(): readonly T[] {
    return this.#entries
  }

  add(entry: T): void {
    this.#entries.push(entry)
  }

  remove(entry: T): boolean {
    const index = this.#entries.indexOf(entry)
    if (index >= 0) this.#entries.splice(index, 1)
    return index >= 0
  }

  next(may: (entry: T) => boolean): T | undefined {
    const [first] = this.#entries
    return first !== undefined && may(first) ? this.#entries.shift() : undefined
  }

  settle(): void {
    // What it cost is for those to know who share a clock with it.
  }
}
