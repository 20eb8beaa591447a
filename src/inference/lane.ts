/** Something that waits, and what it will cost. */
export interface Work {
  tenant: string
  workMs: number
}

/** Works that wait for a turn of their own, one behind the other. */
export interface Lane<T extends Work> {
  /** The one whose turn it is. */
  readonly head: T | undefined
  readonly entries: readonly T[]
  add(entry: T): void
  /** Whether it was there. */
  remove(entry: T): boolean
  /** Takes the head. */
  shift(): T | undefined
}

/** The works of one tenant, in the order in which they came. */
export class TenantLane<T extends Work> implements Lane<T> {
  readonly #entries: T[] = []

  get head(): T | undefined {
    return this.#entries[0]
  }

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

  shift(): T | undefined {
    return this.#entries.shift()
  }
}
