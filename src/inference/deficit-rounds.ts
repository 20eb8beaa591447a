/** How much credit a tenant gets each round. About one short answer: smaller only costs rounds. */
const QUANTUM_MS = 1000

/** Something that waits, and what it will cost. */
export interface Work {
  tenant: string
  workMs: number
}

interface Tenant<T> {
  name: string
  entries: T[]
  workMs: number
  creditMs: number
}

/** Deficit round robin: each round gives every tenant the same credit, and work is done when the credit pays for it. */
export class DeficitRounds<T extends Work> {
  /** In turn order; the first one is asked next. Only tenants with work are in it. */
  #ring: Tenant<T>[] = []

  /** Entries that wait. */
  get size(): number {
    return this.#ring.reduce((sum, tenant) => sum + tenant.entries.length, 0)
  }

  /** Work of all entries, in milliseconds. */
  get workMs(): number {
    return this.#ring.reduce((sum, tenant) => sum + tenant.workMs, 0)
  }

  /** What each entry costs, by tenant. */
  get works(): number[] {
    return this.#ring.flatMap(tenant => tenant.entries.map(entry => entry.workMs))
  }

  /** Who waits, and with how much work. */
  get tenants(): [name: string, workMs: number][] {
    return this.#ring.map(tenant => [tenant.name, tenant.workMs])
  }

  /** Work of one tenant, in milliseconds; 0 when it has none. */
  workOf(name: string): number {
    return this.#ring.find(tenant => tenant.name === name)?.workMs ?? 0
  }

  /** Adds an entry behind those of its tenant. */
  add(entry: T): void {
    let tenant = this.#ring.find(other => other.name === entry.tenant)
    if (tenant === undefined) {
      tenant = { name: entry.tenant, entries: [], workMs: 0, creditMs: 0 }
      this.#ring.push(tenant)
    }
    tenant.entries.push(entry)
    tenant.workMs += entry.workMs
  }

  /** Takes an entry out, wherever it stands. */
  remove(entry: T): void {
    const tenant = this.#ring.find(other => other.name === entry.tenant)
    const index = tenant?.entries.indexOf(entry) ?? -1
    if (tenant === undefined || index < 0) return
    tenant.entries.splice(index, 1)
    this.#settle(tenant, entry)
  }

  /** Takes the entry whose turn it is. */
  next(): T | undefined {
    if (this.#ring.length === 0) return undefined
    this.#skipIdleRounds()
    for (;;) {
      const tenant = this.#ring[0]!
      const entry = tenant.entries[0]!
      if (entry.workMs <= tenant.creditMs) {
        tenant.creditMs -= entry.workMs
        tenant.entries.shift()
        this.#settle(tenant, entry)
        return entry
      }
      tenant.creditMs += QUANTUM_MS
      this.#ring.push(this.#ring.shift()!)
    }
  }

  /** Takes everything out. */
  drain(): T[] {
    const entries = this.#ring.flatMap(tenant => tenant.entries)
    this.#ring = []
    return entries
  }

  /** Gives at once what all would get in the rounds in which nobody could pay. */
  #skipIdleRounds(): void {
    const rounds = Math.min(
      ...this.#ring.map(tenant => Math.ceil((tenant.entries[0]!.workMs - tenant.creditMs) / QUANTUM_MS))
    )
    if (rounds <= 1) return
    for (const tenant of this.#ring) tenant.creditMs += (rounds - 1) * QUANTUM_MS
  }

  #settle(tenant: Tenant<T>, entry: T): void {
    tenant.workMs -= entry.workMs
    // Credit does not outlive the queue, or an idle tenant would save it up.
    if (tenant.entries.length === 0) this.#ring = this.#ring.filter(other => other !== tenant)
  }
}
