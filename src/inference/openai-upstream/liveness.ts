import { timeLimit } from '../../interface/index.ts'

/** A look at the server's health that takes longer tells of no health. */
const PROBE_TIMEOUT_MS = 2_000
const PROBE_GAP_MS = 1_000
/** Bytes that came within this time are a sign of life now. */
const FRESH_MS = 2_000

/**
 * Tells a server that thinks from one that hangs. A long prompt is silent for minutes; then the server's health path
 * is asked, once for all requests that wait, so that a sign of life always stands for bytes that really came.
 */
export class Liveness {
  readonly #probe: (signal: AbortSignal) => Promise<boolean>
  #heardAtMs = Number.NEGATIVE_INFINITY
  #probedAtMs = Number.NEGATIVE_INFINITY
  #isProbing = false

  /** `probe` tells whether the server says that it is well. */
  constructor(probe: (signal: AbortSignal) => Promise<boolean>) {
    this.#probe = probe
  }

  /** A stream of the server brought something. */
  heard(): void {
    this.#heardAtMs = performance.now()
  }

  /** Whether the server has just been heard. Asks after its health where it was not. */
  check(): boolean {
    const nowMs = performance.now()
    if (!this.#isProbing && nowMs - Math.max(this.#heardAtMs, this.#probedAtMs) >= PROBE_GAP_MS) void this.#ask(nowMs)
    return nowMs - this.#heardAtMs <= FRESH_MS
  }

  async #ask(nowMs: number): Promise<void> {
    this.#isProbing = true
    this.#probedAtMs = nowMs
    if (await this.#probe(timeLimit(PROBE_TIMEOUT_MS))) this.heard()
    this.#isProbing = false
  }
}
