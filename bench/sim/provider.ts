import type { OutcomeSpread } from '../../src/interface/index.ts'
import type { Advertised } from './adverts.ts'
import type { Device } from './devices.ts'
import type { Job } from './job.ts'

/** Seconds that a phone takes to heat up under work, and to cool. */
const HEAT_MS = 120_000
const COOL_MS = 240_000
/** Heat from which a phone is warm, and hot, and the speed that is left. */
const THERMAL = [
  { from: 0.8, state: 2, factor: 0.35 },
  { from: 0.5, state: 1, factor: 0.65 },
  { from: 0, state: 0, factor: 1 }
] as const
/** What each other running request costs in speed. */
const BATCH_COST = 0.05
/** Requests that may wait, for each slot. */
const QUEUE_PER_SLOT = 2

/** One simulated provider: what it has, what it does, and how it is. Others change it; see `service.ts`, `fates.ts`. */
export class Provider {
  readonly index: number
  readonly peerId: string
  readonly device: Device
  /** Models in memory and when each was used last. */
  readonly warm = new Map<number, number>()
  /** Tokens of each conversation that are in the cache, the oldest first. */
  readonly cache = new Map<number, { tokens: number; model: number }>()
  active: Job[] = []
  queue: Job[] = []
  isAlive = true
  /** Dead, but still takes connections and advertises that it is idle. */
  isZombie = false
  /** A zombie that even answers quotes. */
  answersQuotes = false
  /** Speed left by its owner's own use. */
  ownerFactor = 1
  /** When it dies next; only a clairvoyant looks. */
  deathAtMs = Number.POSITIVE_INFINITY
  /** Claims this multiple of its speed. */
  lie = 1
  /** When anybody sent it a request last, as a registry would know. */
  lastUsedAtMs = Number.NEGATIVE_INFINITY
  /** What it last published; set before anybody reads it. */
  advert!: Advertised
  /** What it learnt of the lengths of its answers, by model. */
  readonly spreads: OutcomeSpread[]
  /** Time of slots in use, and of being alive, within the measured span. */
  busyMs = 0
  aliveMs = 0
  #heat = 0
  #countedAtMs = 0

  constructor(index: number, device: Device, spreads: OutcomeSpread[]) {
    this.index = index
    this.peerId = String(index)
    this.device = device
    this.spreads = spreads
  }

  get isFull(): boolean {
    return this.active.length >= this.device.slots && this.queue.length >= QUEUE_PER_SLOT * this.device.slots
  }

  /** To be called before anything changes: heat and use are counted up to now. */
  account(nowMs: number, measured: { fromMs: number; toMs: number }): void {
    const spanMs = Math.min(nowMs, measured.toMs) - Math.max(this.#countedAtMs, measured.fromMs)
    if (spanMs > 0) {
      this.busyMs += this.active.length * spanMs
      if (this.isAlive) this.aliveMs += spanMs
    }
    this.#heat = this.#heatAt(nowMs)
    this.#countedAtMs = nowMs
  }

  thermal(nowMs: number): (typeof THERMAL)[number] {
    const heat = this.#heatAt(nowMs)
    return THERMAL.find(({ from }) => heat >= from)!
  }

  /** Share of its nominal speed that a request gets beside `others`. */
  speed(nowMs: number, others: number): number {
    return (this.ownerFactor * this.thermal(nowMs).factor) / (1 + BATCH_COST * others)
  }

  /** Whether a model is in memory or could get there now: one that is in use cannot be pushed out. */
  canLoad(model: number): boolean {
    if (this.warm.has(model) || this.warm.size < this.device.warmModels) return true
    return [...this.warm.keys()].some(other => !this.isUsing(other))
  }

  isUsing(model: number): boolean {
    return this.active.some(job => job.request.model === model)
  }

  cachedTokens(conversationId: number, promptTokens: number): number {
    return Math.min(this.cache.get(conversationId)?.tokens ?? 0, promptTokens)
  }

  #heatAt(nowMs: number): number {
    if (!this.device.heats) return 0
    const passedMs = nowMs - this.#countedAtMs
    if (this.active.length === 0) return this.#heat * Math.exp(-passedMs / COOL_MS)
    return 1 - (1 - this.#heat) * Math.exp(-passedMs / HEAT_MS)
  }
}
