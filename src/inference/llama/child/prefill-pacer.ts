/** Smallest and largest part of a prompt in one tick. 512 is the size of llama.cpp's batch. */
const MIN_CHUNK_TOKENS = 32
const MAX_CHUNK_TOKENS = 512
const FIRST_CHUNK_TOKENS = 64
/** A tick of this length still lets an abort through at once and keeps the others' tokens flowing. */
const TARGET_TICK_MS = 200

/** Chooses how much of a prompt goes into one tick, from how long the last ones took. */
export class PrefillPacer {
  readonly #maxTokens: number
  #tokens: number

  /** `slots`: room is left in the batch for one token of every other sequence. */
  constructor(slots: number) {
    this.#maxTokens = MAX_CHUNK_TOKENS - slots
    this.#tokens = Math.min(FIRST_CHUNK_TOKENS, this.#maxTokens)
  }

  /** Tokens for the next tick. */
  get chunkTokens(): number {
    return this.#tokens
  }

  /** Tells how long a part took. Half of the old value stays, so that one slow tick does not count too much. */
  record(tokens: number, durationMs: number): void {
    if (tokens < MIN_CHUNK_TOKENS || !(durationMs > 0)) return
    const ideal = (tokens * TARGET_TICK_MS) / durationMs
    const next = Math.round((this.#tokens + Math.min(ideal, this.#maxTokens)) / 2)
    this.#tokens = Math.min(this.#maxTokens, Math.max(MIN_CHUNK_TOKENS, next))
  }
}
