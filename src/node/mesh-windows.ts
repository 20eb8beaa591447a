import { cadenceMs } from '../protocols/capabilities/index.ts'
import type { ScaleOptions } from './network-scale.ts'

/** How often a node that hears all looks whether there are too many. */
const LOOK_EVERY_MS = 10_000
/** A network counts as small again below this share of the bound, so that it does not change to and fro. */
const SMALL_SHARE = 0.5
/** What a window lets expect is rough: only far above the bound is it reason enough to leave. */
const SURELY_LARGE = 2

/** What hearing gossip in windows needs. */
export interface MeshWindowsInit {
  join(): void
  leave(): void
  /** Providers known now. */
  known(): number
  scale: Required<ScaleOptions>
  /** Windows are at the same moments everywhere, so that the mesh is whole in them. @default Date.now */
  wallNow?: () => number
}

/**
 * Hears gossip always while the network is small, and in short windows once it is large. What is heard in a window
 * tells how large the network is: each provider speaks once a cadence, which depends on their number.
 */
export class MeshWindows {
  readonly #init: MeshWindowsInit
  readonly #wallNow: () => number
  /** Size of an advert by provider, of those heard in this window. */
  readonly #heard = new Map<string, number>()
  #isInWindow = false
  #isLarge = false
  #estimate = 0
  #timers: NodeJS.Timeout[] = []

  constructor(init: MeshWindowsInit) {
    this.#init = init
    this.#wallNow = init.wallNow ?? Date.now
  }

  /** Whether the network is too large to hear all. */
  get isLarge(): boolean {
    return this.#isLarge
  }

  /** Providers of the network: those known, or more where windows tell of more. */
  get providers(): number {
    return Math.max(this.#init.known(), this.#isLarge ? this.#estimate : 0)
  }

  /** Joins the mesh, which libp2p allows only once it runs. */
  start(): void {
    this.#init.join()
    this.#timers.push(setInterval(() => this.#look(), LOOK_EVERY_MS).unref())
    this.#waitForWindow()
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer)
  }

  /** An advert came by gossip. */
  heard(peerId: string, advertBytes: number): void {
    if (this.#isInWindow) this.#heard.set(peerId, advertBytes)
  }

  #look(): void {
    const known = this.#init.known()
    if (this.#isLarge || known <= this.#init.scale.largeAbove) return
    this.#turnLarge(known)
    if (!this.#isInWindow) this.#init.leave()
  }

  #turnLarge(estimate: number): void {
    this.#isLarge = true
    this.#estimate = estimate
  }

  #waitForWindow(): void {
    const { windowEveryMs } = this.#init.scale
    this.#after(windowEveryMs - (this.#wallNow() % windowEveryMs), () => this.#open())
  }

  #open(): void {
    this.#isInWindow = true
    this.#heard.clear()
    if (this.#isLarge) this.#init.join()
    this.#after(this.#init.scale.windowMs, () => this.#close())
  }

  #close(): void {
    this.#isInWindow = false
    const { windowMs, largeAbove } = this.#init.scale
    const estimate = providersFrom([...this.#heard.values()], Math.max(this.providers, 1), windowMs)
    this.#heard.clear()
    if (!this.#isLarge && estimate > SURELY_LARGE * largeAbove) this.#turnLarge(estimate)
    else if (this.#isLarge && estimate < SMALL_SHARE * largeAbove) this.#isLarge = false
    else this.#estimate = estimate
    if (this.#isLarge) this.#init.leave()
    this.#waitForWindow()
  }

  #after(delayMs: number, callback: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.splice(this.#timers.indexOf(timer), 1)
      callback()
    }, delayMs)
    timer.unref()
    this.#timers.push(timer)
  }
}

/** Providers of a network in which adverts of these sizes were heard within a window: each stands for a cadence of them. */
export function providersFrom(advertBytes: readonly number[], believed: number, windowMs: number): number {
  return Math.round(advertBytes.reduce((sum, bytes) => sum + Math.max(1, cadenceMs(believed, bytes) / windowMs), 0))
}
