/** A conversation that a slot of the child still holds. */
interface Cached {
  tenant: string
  tokens: number
}

/** What the slots hold, as far as it can be told without asking the child: for quotes, which must be cheap. */
export class CachedConversations {
  readonly #byTag = new Map<string, Cached>()

  /** An answer has ended in a slot; `slots` conversations at most are held at once. */
  ended(tag: Uint8Array, cached: Cached, slots: number): void {
    this.#byTag.set(keyOf(tag), cached)
    while (this.#byTag.size > slots) {
      const oldest = this.#byTag.keys().next()
      if (oldest.done !== true) this.#byTag.delete(oldest.value)
    }
  }

  /** The next turn takes the slot over. */
  continued(tag: Uint8Array | undefined): void {
    if (tag !== undefined) this.#byTag.delete(keyOf(tag))
  }

  /** Tokens that a request with this tag would find, if it is the same tenant's; 0 when it is gone. */
  tokensOf(tag: Uint8Array | undefined, tenant: string): number {
    const cached = tag && this.#byTag.get(keyOf(tag))
    return cached?.tenant === tenant ? cached.tokens : 0
  }

  /** The child is another one, and remembers nothing. */
  clear(): void {
    this.#byTag.clear()
  }
}

function keyOf(tag: Uint8Array): string {
  return Buffer.from(tag).toString('hex')
}
