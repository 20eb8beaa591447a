/** Weight of the newest answer. */
const NEWEST_WEIGHT = 0.2
/** Shorter times are mostly the way to the server. */
const MIN_MEASURED_MS = 20

/** What one answer tells of a model's speed. */
export interface MeasuredAnswer {
  /** Tokens of the prompt that did not come from a cache. */
  readTokens: number
  prefillMs: number
  decodeTokens: number
  decodeMs: number
}

/** How fast a model of the server was seen to be, in tokens a second; 0 before the first answer. */
export class Speeds {
  prefill = 0
  decode = 0

  /** Learns from an answer. The first token is the work of the prompt. */
  record({ readTokens, prefillMs, decodeTokens, decodeMs }: MeasuredAnswer): void {
    this.prefill = blend(this.prefill, readTokens, prefillMs)
    this.decode = blend(this.decode, decodeTokens - 1, decodeMs)
  }
}

function blend(before: number, tokens: number, elapsedMs: number): number {
  if (tokens < 1 || elapsedMs < MIN_MEASURED_MS) return before
  const now = (tokens * 1000) / elapsedMs
  return Math.round((before === 0 ? now : before + (now - before) * NEWEST_WEIGHT) * 10) / 10
}
