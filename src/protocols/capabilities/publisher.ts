import type { Advert } from '../../interface/index.ts'
import { cadenceMs, MIN_GAP_MS, ttlMs } from './constants.ts'

/** What changes from advert to advert; the rest is the publisher's. */
export type AdvertContent = Omit<Advert, 'sequence' | 'issuedAtMs' | 'ttlMs'>

/** What the publisher needs. */
export interface AdvertPublisherInit {
  /** What is true now. `undefined` while there is nothing to serve. */
  content: () => Promise<AdvertContent | undefined>
  /** Signs and keeps it, for those who ask. */
  seal: (advert: Advert) => Promise<Uint8Array>
  /** Sends it to the mesh. `isLast`: it is a goodbye, and nothing comes after it that would mend its loss. */
  publish: (envelope: Uint8Array, isLast: boolean) => Promise<void>
  /** Providers known now: the more there are, the slower each speaks. */
  providers: () => number
  /** The last sequence number used, kept over restarts. */
  sequence: { last(): number; keep(sequence: number): void }
  onError: (error: unknown) => void
  /** @default Date.now */
  now?: () => number
}

/**
 * Advertises what this node serves: on change, at a cadence that keeps the whole network's adverts within a traffic
 * bound, at least 5 s apart, and once more with a lifetime of 0 when it leaves.
 */
export class AdvertPublisher {
  readonly #init: AdvertPublisherInit
  #timer: NodeJS.Timeout | undefined
  #lastAtMs = Number.NEGATIVE_INFINITY
  #dueAtMs = Number.POSITIVE_INFINITY
  #advertBytes = 300
  #envelope: Uint8Array | undefined
  /** What others believe now, so that a goodbye needs no engine that may be gone. */
  #said: AdvertContent | undefined
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(init: AdvertPublisherInit) {
    this.#init = init
  }

  /** The advert that holds now, for a peer that asks. Sealed anew when its news is older than the shortest gap. */
  get current(): Uint8Array | undefined {
    return this.#envelope
  }

  /** Something changed, or somebody new listens: speaks as soon as the gap allows. */
  changed(): void {
    if (this.#stopped) return
    this.#schedule(Math.max(0, this.#lastAtMs + MIN_GAP_MS - performance.now()))
  }

  /** Speaks now, whatever the gap: for the first listener, who has heard nothing yet. */
  async announce(): Promise<void> {
    clearTimeout(this.#timer)
    this.#dueAtMs = Number.POSITIVE_INFINITY
    this.#running = this.#running.then(() => this.#speak())
    await this.#running
  }

  /** Says goodbye and falls silent. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#running
    this.#envelope = undefined
    if (this.#said === undefined) return
    try {
      await this.#init.publish(await this.#sealNext({ ...this.#said, models: [] }, 0), true)
    } catch (error) {
      this.#init.onError(error)
    }
  }

  #schedule(delayMs: number): void {
    const dueAtMs = performance.now() + delayMs
    if (dueAtMs >= this.#dueAtMs) return
    clearTimeout(this.#timer)
    this.#dueAtMs = dueAtMs
    this.#timer = setTimeout(() => void this.announce(), delayMs)
    this.#timer.unref()
  }

  async #speak(): Promise<void> {
    if (this.#stopped) return
    try {
      const content = await this.#init.content()
      const cadence = cadenceMs(this.#init.providers(), this.#advertBytes)
      const spoken = content ?? (this.#said && { ...this.#said, models: [] })
      if (spoken === undefined) return
      const envelope = await this.#sealNext(spoken, content === undefined ? 0 : ttlMs(cadence))
      this.#said = content
      this.#envelope = content === undefined ? undefined : envelope
      this.#advertBytes = envelope.byteLength
      this.#lastAtMs = performance.now()
      await this.#init.publish(envelope, false)
      // A fifth of jitter keeps providers that started together apart.
      if (content !== undefined && !this.#stopped) this.#schedule(cadence * (0.8 + 0.2 * Math.random()))
    } catch (error) {
      this.#init.onError(error)
      if (!this.#stopped) this.#schedule(MIN_GAP_MS)
    }
  }

  async #sealNext(content: AdvertContent, lifetimeMs: number): Promise<Uint8Array> {
    const now = (this.#init.now ?? Date.now)()
    // The clock alone would do, were it never set back; the kept number alone, were the file never lost.
    const sequence = Math.max(this.#init.sequence.last() + 1, now)
    this.#init.sequence.keep(sequence)
    return await this.#init.seal({ ...content, sequence, issuedAtMs: now, ttlMs: lifetimeMs })
  }
}
