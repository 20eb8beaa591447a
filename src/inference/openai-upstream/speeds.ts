/** Weight of the newest answer. */
const NEWEST_WEIGHT = 0.2
/** Shorter times are mostly the way to the server. */
const MIN_MEASURED_MS = 20

/** How fast a model of the server was seen to be, in tokens a second; 0 before the first answer. */
export class Speeds {
  prefill = 0
  decode = 0

  /** Learns from an answer. */
  record(answer: { readTokens: number; prefillMs: number; decodeTokens: number; decodeMs: number }): void {
    this.prefill = blend(this.prefill, answer.readTokens, answer.prefillMs)
    this.decode = blend(this.decode, answer.decodeTokens, answer.decodeMs)
  }
}

function blend(before: number, tokens: number, elapsedMs: number): number {
  if (tokens < 1 || elapsedMs < MIN_MEASURED_MS) return before
  const now = (tokens * 1000) / elapsedMs
  return Math.round((before === 0 ? now : before + (now - before) * NEWEST_WEIGHT) * 10) / 10
}
