import type { Standing } from '../interface/index.ts'
import { type Lane, TenantLane, type Work } from './lane.ts'

/** Smallest weight, so that a turn always comes. */
const MIN_WEIGHT = 0.01

/** One place in the ring: a tenant, or a pool of tenants that share a turn. */
interface Turn<T extends Work> {
  name: string
  /** Of a pool: its share of all work while tenants outside of pools wait. */
  share: number | undefined
  lane: Lane<T>
  /** Where its next work begins, on a clock of work done by weight. */
  beginsAtMs: number
}

/** The works of a pool: its tenants take turns among themselves. */
class PoolLane<T extends Work> implements Lane<T> {
  readonly #turns = new FairTurns<T>()
  #head: T | undefined

  get head(): T | undefined {
    this.#head ??= this.#turns.next()
    return this.#head
  }

  get entries(): readonly T[] {
    return this.#head === undefined ? this.#turns.entries : [this.#head, ...this.#turns.entries]
  }

  add(entry: T): void {
    this.#turns.add(entry)
  }

  remove(entry: T): boolean {
    if (this.#head !== entry) return this.#turns.remove(entry)
    this.#head = undefined
    return true
  }

  shift(): T | undefined {
    const { head } = this
    this.#head = undefined
    return head
  }
}

/**
 * Start-time fair queueing: on a clock of work, the next work of a tenant begins where its last one ended, stretched by
 * its weight, or now; the one that begins first is next. So shares are those of deficit round robin, and who asks for
 * little waits for nobody who asks for much, but for what runs. Pools get what keeps them at their share of all work;
 * while only pools wait, they take turns like tenants.
 */
export class FairTurns<T extends Work> {
  /** Those with work. */
  #turns: Turn<T>[] = []
  /** Where the last work of those without any ends, if that is not over: leaving and coming back gains nothing. */
  readonly #endsAtMs = new Map<string, number>()
  #nowMs = 0
  /** Whose turns weigh how much. @default all the same, without pools */
  standing: Standing | undefined

  /** All that waits, those of one turn together. */
  get entries(): T[] {
    return this.#turns.flatMap(turn => turn.lane.entries)
  }

  /** Entries that wait. */
  get size(): number {
    return this.#turns.reduce((sum, turn) => sum + turn.lane.entries.length, 0)
  }

  /** Work of all entries, in milliseconds. */
  get workMs(): number {
    return workOf(this.entries)
  }

  /** What each entry costs, by turn. */
  get works(): number[] {
    return this.entries.map(entry => entry.workMs)
  }

  /** Work that waits in each turn, and the name of the turn in which a tenant would wait. */
  waiting(tenant: string): { own: string; turns: { name: string; entries: readonly T[] }[] } {
    const own = this.standing?.poolOf(tenant)
    return {
      own: own === undefined ? tenantKey(tenant) : poolKey(own.name),
      turns: this.#turns.map(({ name, lane }) => ({ name, entries: lane.entries }))
    }
  }

  /** Adds an entry behind those of its tenant. */
  add(entry: T): void {
    const pool = this.standing?.poolOf(entry.tenant)
    const name = pool === undefined ? tenantKey(entry.tenant) : poolKey(pool.name)
    let turn = this.#turns.find(other => other.name === name)
    if (turn === undefined) {
      const lane = pool === undefined ? new TenantLane<T>() : new PoolLane<T>()
      turn = { name, share: pool?.share, lane, beginsAtMs: Math.max(this.#nowMs, this.#endsAtMs.get(name) ?? 0) }
      this.#turns.push(turn)
    }
    turn.lane.add(entry)
  }

  /** Takes an entry out, wherever it stands. Whether it was there. */
  remove(entry: T): boolean {
    const turn = this.#turns.find(({ lane }) => lane.remove(entry))
    if (turn !== undefined) this.#settle(turn)
    return turn !== undefined
  }

  /** Takes the entry whose turn it is. */
  next(): T | undefined {
    const [first, ...rest] = this.#turns
    if (first === undefined) return undefined
    const turn = rest.reduce((least, other) => (other.beginsAtMs < least.beginsAtMs ? other : least), first)
    const weight = this.#weightOf(turn)
    const entry = turn.lane.shift()!
    this.#nowMs = turn.beginsAtMs
    turn.beginsAtMs += entry.workMs / weight
    for (const [name, endsAtMs] of this.#endsAtMs) if (endsAtMs <= this.#nowMs) this.#endsAtMs.delete(name)
    this.#settle(turn)
    return entry
  }

  /** Takes everything out. */
  drain(): T[] {
    const { entries } = this
    this.#turns = []
    this.#restart()
    return entries
  }

  #weightOf({ share, lane }: Turn<T>): number {
    if (share === undefined) return this.#tenantWeight(lane)
    const tenants = this.#turns.filter(turn => turn.share === undefined)
    if (tenants.length === 0) return 1
    const weights = tenants.reduce((sum, turn) => sum + this.#tenantWeight(turn.lane), 0)
    const pooled = this.#turns.reduce((sum, turn) => sum + (turn.share ?? 0), 0)
    return Math.max(MIN_WEIGHT, (share / Math.max(MIN_WEIGHT, 1 - pooled)) * weights)
  }

  #tenantWeight({ head }: Lane<T>): number {
    const weight = this.standing?.weightOf(head!.tenant) ?? 1
    return Number.isFinite(weight) ? Math.max(MIN_WEIGHT, weight) : 1
  }

  #settle(turn: Turn<T>): void {
    if (turn.lane.head !== undefined) return
    this.#turns = this.#turns.filter(other => other !== turn)
    this.#endsAtMs.set(turn.name, turn.beginsAtMs)
    if (this.#turns.length === 0) this.#restart()
  }

  /** Nothing waits, so nobody is owed anything. */
  #restart(): void {
    this.#endsAtMs.clear()
    this.#nowMs = 0
  }
}

/** Work of some entries, in milliseconds. */
export function workOf(entries: readonly Work[]): number {
  return entries.reduce((sum, entry) => sum + entry.workMs, 0)
}

// A tenant must not take the name of a pool.
function tenantKey(tenant: string): string {
  return `tenant ${tenant}`
}

function poolKey(pool: string): string {
  return `pool ${pool}`
}
