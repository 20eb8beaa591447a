/** Attempts of one request that go to one prefix while there are providers of others. */
const MAX_PER_PREFIX = 2

/** How many attempts of one request went to which address prefix. */
export class PrefixShare {
  readonly #counts = new Map<string, number>()
  readonly #crowded = new Set<string>()

  /** Prefixes that had their share. */
  get crowded(): ReadonlySet<string> {
    return this.#crowded
  }

  count(prefix: string): void {
    const count = (this.#counts.get(prefix) ?? 0) + 1
    this.#counts.set(prefix, count)
    if (count >= MAX_PER_PREFIX) this.#crowded.add(prefix)
  }

  /** An attempt was not made. */
  giveBack(prefix: string): void {
    const count = (this.#counts.get(prefix) ?? 1) - 1
    this.#counts.set(prefix, count)
    if (count < MAX_PER_PREFIX) this.#crowded.delete(prefix)
  }

  /** Others come first from now on. */
  crowd(prefix: string): void {
    this.#counts.set(prefix, MAX_PER_PREFIX)
    this.#crowded.add(prefix)
  }
}
