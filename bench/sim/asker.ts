import { Experience, type KnownPeers, RecentMap, Suspects } from '../../src/routing/index.ts'
import type { EventQueue } from './event-queue.ts'
import type { Provider } from './provider.ts'
import { type Random, uniform } from './random.ts'

/** Connections that are kept beside those to the working set. */
const MAX_CONNECTIONS = 48
const LAST_MILE_MS = [5, 40] as const
/** What every way costs, and what the whole width of the map does. */
const LEAST_RTT_MS = 10
const MAP_RTT_MS = 100

/** Who uses what answers, and knows only what it saw itself. */
export class Asker {
  readonly index: number
  readonly suspects: Suspects
  readonly experience: Experience
  /** Where it learns whom to trust: its own experience, or one of all askers where receipts are pooled. */
  readonly receipts: Experience
  readonly #connections = new RecentMap<string, true>(MAX_CONNECTIONS)
  readonly #preDialled = new Map<number, ReadonlySet<string>>()
  readonly #place: { x: number; y: number; lastMileMs: number }

  constructor(index: number, events: EventQueue, random: Random, pooled: Experience | undefined) {
    this.index = index
    this.#place = { x: random(), y: random(), lastMileMs: uniform(random, LAST_MILE_MS) }
    const now = () => events.nowMs
    this.suspects = new Suspects(now)
    this.experience = new Experience({ now, random })
    this.receipts = pooled ?? this.experience
  }

  rttMs({ device }: Provider): number {
    const distance = Math.hypot(this.#place.x - device.x, this.#place.y - device.y)
    return LEAST_RTT_MS + MAP_RTT_MS * distance + this.#place.lastMileMs + device.lastMileMs
  }

  isConnected({ peerId }: Provider, model: number): boolean {
    return this.#connections.get(peerId) !== undefined || this.#preDialled.get(model)?.has(peerId) === true
  }

  /** The way there and back, with a handshake of two more where there is no connection yet. */
  roundTripMs(provider: Provider, model: number): number {
    return this.rttMs(provider) * (this.isConnected(provider, model) ? 1 : 3)
  }

  connect(provider: Provider): void {
    this.#connections.set(provider.peerId, true)
  }

  /** The working set of a model; connections to it are kept open. */
  workingSet(model: number, known: KnownPeers, nowMs: number): ReadonlySet<string> {
    const members = this.experience.workingSet(String(model)).members(known, nowMs)
    this.#preDialled.set(model, members)
    return members
  }
}
