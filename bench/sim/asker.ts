import {
  ExpectedLengths,
  FirstTokenTimes,
  observeTrust,
  RecentMap,
  Suspects,
  WorkingSet
} from '../../src/routing/index.ts'
import type { SimConfig } from './config.ts'
import type { EventQueue } from './event-queue.ts'
import type { Provider } from './provider.ts'
import { type Random, uniform } from './random.ts'

/** Connections that are kept beside those to the working set. */
const MAX_CONNECTIONS = 48
const LAST_MILE_MS = [5, 40] as const
/** What every way costs, and what the whole width of the map does. */
const LEAST_RTT_MS = 10
const MAP_RTT_MS = 100

/** Who uses what answers, knows only what it saw itself. */
export class Asker {
  readonly index: number
  readonly suspects: Suspects
  readonly lengths = new ExpectedLengths()
  readonly firstTokens = new FirstTokenTimes()
  readonly lastUsedAtMs = new Map<string, number>()
  /** Observed by promised; shared by all askers where receipts are pooled. */
  readonly trust: Map<string, number>
  requests = 0
  hedges = 0
  readonly #random: Random
  readonly #connections = new RecentMap<string, true>(MAX_CONNECTIONS)
  readonly #workingSets = new Map<number, WorkingSet>()
  readonly #preDialled = new Map<number, ReadonlySet<string>>()
  readonly #place: { x: number; y: number; lastMileMs: number }

  constructor(index: number, events: EventQueue, config: SimConfig, pooled: Map<string, number>, random: Random) {
    this.index = index
    this.#random = random
    this.#place = { x: random(), y: random(), lastMileMs: uniform(random, LAST_MILE_MS) }
    this.suspects = new Suspects(() => events.nowMs)
    this.trust = config.isTrustPooled ? pooled : new Map()
  }

  rttMs({ device }: Provider): number {
    const distance = Math.hypot(this.#place.x - device.x, this.#place.y - device.y)
    return LEAST_RTT_MS + MAP_RTT_MS * distance + this.#place.lastMileMs + device.lastMileMs
  }

  /** The way there and back, with a handshake of two more where there is no connection yet. */
  roundTripMs(provider: Provider, model: number): number {
    const isConnected =
      this.#connections.get(provider.peerId) !== undefined || this.#preDialled.get(model)?.has(provider.peerId) === true
    return this.rttMs(provider) * (isConnected ? 1 : 3)
  }

  connect(provider: Provider): void {
    this.#connections.set(provider.peerId, true)
  }

  workingSet(model: number, known: { peerIds: readonly string[]; has(peerId: string): boolean }, nowMs: number) {
    let set = this.#workingSets.get(model)
    if (set === undefined) {
      set = new WorkingSet({ random: this.#random })
      this.#workingSets.set(model, set)
    }
    const members = set.members(known, nowMs)
    this.#preDialled.set(model, members)
    return members
  }

  keptPromise(provider: Provider, promisedMs: number, observedMs: number): void {
    const before = this.trust.get(provider.peerId)
    this.trust.set(provider.peerId, observeTrust(before, { promisedMs, observedMs }))
  }
}
