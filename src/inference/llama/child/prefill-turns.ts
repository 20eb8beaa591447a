/** A part of a prompt that waits to be read. */
export interface PrefillStep {
  tenant: string
  tokens: number
  release: () => void
}

/**
 * Whose prompt is read next: turns are fair between tenants by tokens, however many prompts each of them has. This is
 * start-time fair queueing: a part begins, on a clock of tokens, where the last one of its tenant ended, or now; the
 * one that begins first is next.
 */
export class PrefillTurns {
  #waiting: { step: PrefillStep; beginsAt: number }[] = []
  /** Where the last part of each tenant ends, if that is not over. */
  readonly #endsAt = new Map<string, number>()
  #now = 0

  /** Parts that wait. */
  get size(): number {
    return this.#waiting.length
  }

  /** A part asks to be read. */
  add(step: PrefillStep): void {
    const beginsAt = Math.max(this.#now, this.#endsAt.get(step.tenant) ?? 0)
    this.#endsAt.set(step.tenant, beginsAt + step.tokens)
    this.#waiting.push({ step, beginsAt })
  }

  /** Takes the part whose turn it is. */
  next(): PrefillStep | undefined {
    const [first, ...rest] = this.#waiting
    if (first === undefined) return undefined
    const best = rest.reduce((least, other) => (other.beginsAt < least.beginsAt ? other : least), first)
    this.#waiting = this.#waiting.filter(other => other !== best)
    this.#now = best.beginsAt
    for (const [tenant, endsAt] of this.#endsAt) if (endsAt <= this.#now) this.#endsAt.delete(tenant)
    return best.step
  }
}
