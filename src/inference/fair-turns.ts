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
  beginsAt: number
  /** Works that have begun and are not settled. */
  underWay: number
}

/**
 * Start-time fair queueing: on a clock of work, the next work of a tenant begins where its last one ended, stretched by
 * its weight, or now; the one that begins first is next. So shares are those of deficit round robin, and who asks for
 * little waits for nobody who asks for much, but for what runs. What a work costs is known for sure when it is done:
 * then `settle` moves the clock of its tenant by the difference. Pools get what keeps them at their share of all work;
 * while only pools wait, they take turns like tenants, and so do the tenants within a pool.
 */
export class FairTurns<T extends Work> implements Lane<T> {
  /** Those with work, and those whose last work is not over on the clock: leaving and coming back gains nothing. */
  readonly #turns = new Map<string, Turn<T>>()
  readonly #underWay = new Map<T, { turn: Turn<T>; weight: number }>()
  #now = 0
  /** Whose turns weigh how much. @default all the same, without pools */
  standing: Standing | undefined

  /** All that waits, those of one turn together. */
  get entries(): T[] {
    return [...this.#turns.values()].flatMap(({ lane }) => lane.entries)
  }

  /** Entries that wait. */
  get size(): number {
    return this.entries.length
  }

  /** The name of the turn in which a tenant would wait. */
  turnOf(tenant: string): string {
    const pool = this.standing?.poolOf(tenant)
    // A tenant must not take the name of a pool.
    return pool === undefined ? `tenant ${tenant}` : `pool ${pool.name}`
  }

  /** Work that waits in each turn, and the name of the turn in which a tenant would wait. */
  waiting(tenant: string): { own: string; turns: { name: string; entries: readonly T[] }[] } {
    const turns = this.#waiting.map(({ name, lane }) => ({ name, entries: lane.entries }))
    return { own: this.turnOf(tenant), turns }
  }

  /** Adds an entry behind those of its tenant. */
  add(entry: T): void {
    const name = this.turnOf(entry.tenant)
    let turn = this.#turns.get(name)
    if (turn === undefined) {
      const pool = this.standing?.poolOf(entry.tenant)
      const lane = pool === undefined ? new TenantLane<T>() : new FairTurns<T>()
      turn = { name, share: pool?.share, lane, beginsAt: this.#now, underWay: 0 }
      this.#turns.set(name, turn)
    }
    if (turn.lane.entries.length === 0) turn.beginsAt = Math.max(this.#now, turn.beginsAt)
    turn.lane.add(entry)
  }

  /** Takes an entry out, wherever it stands. Whether it was there. */
  remove(entry: T): boolean {
    const wasThere = this.#waiting.some(({ lane }) => lane.remove(entry))
    if (wasThere) this.#forget()
    return wasThere
  }

  /** Takes the entry whose turn it is, of those that `may` go. `settle` must follow. */
  next(may: (entry: T) => boolean = () => true): T | undefined {
    for (const turn of this.#waiting.sort((a, b) => a.beginsAt - b.beginsAt)) {
      const weight = this.#weightOf(turn)
      const entry = turn.lane.next(may)
      if (entry === undefined) continue
      this.#now = Math.max(this.#now, turn.beginsAt)
      turn.beginsAt += entry.cost / weight
      turn.underWay++
      this.#underWay.set(entry, { turn, weight })
      this.#forget()
      return entry
    }
    return undefined
  }

  /** What `next` gave is done: its tenant is charged what it has cost in place of what was expected. */
  settle(entry: T, cost = entry.cost): void {
    const begun = this.#underWay.get(entry)
    if (begun === undefined) return
    const { turn, weight } = begun
    this.#underWay.delete(entry)
    turn.lane.settle(entry, cost)
    turn.beginsAt += (cost - entry.cost) / weight
    turn.underWay--
    this.#forget()
  }

  /** Takes out all that waits. */
  drain(): T[] {
    const { entries } = this
    for (const entry of entries) this.remove(entry)
    return entries
  }

  get #waiting(): Turn<T>[] {
    return [...this.#turns.values()].filter(({ lane }) => lane.entries.length > 0)
  }

  #weightOf({ share, lane }: Turn<T>): number {
    if (share === undefined) return this.#tenantWeight(lane)
    const waiting = this.#waiting
    const tenants = waiting.filter(turn => turn.share === undefined)
    if (tenants.length === 0) return 1
    const weights = tenants.reduce((sum, turn) => sum + this.#tenantWeight(turn.lane), 0)
    const pooled = waiting.reduce((sum, turn) => sum + (turn.share ?? 0), 0)
    return Math.max(MIN_WEIGHT, (share / Math.max(MIN_WEIGHT, 1 - pooled)) * weights)
  }

  #tenantWeight({ entries }: Lane<T>): number {
    const weight = this.standing?.weightOf(entries[0]!.tenant) ?? 1
    return Number.isFinite(weight) ? Math.max(MIN_WEIGHT, weight) : 1
  }

  /** Who neither waits nor works is remembered while it is ahead of the clock and others wait: else nobody is owed. */
  #forget(): void {
    const isCrowded = this.#waiting.length > 0
    for (const [name, { lane, underWay, beginsAt }] of this.#turns) {
      if (lane.entries.length > 0 || underWay > 0 || (isCrowded && beginsAt > this.#now)) continue
      this.#turns.delete(name)
    }
    if (this.#turns.size === 0) this.#now = 0
  }
}

/** What some entries are expected to cost together. */
export function costOf(entries: readonly Work[]): number {
  return entries.reduce((sum, entry) => sum + entry.cost, 0)
}
