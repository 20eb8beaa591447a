import { randomInt } from 'node:crypto'
import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { MAX_TOP_K, type Sampling } from '../../../interface/index.ts'

/** How far back penalties look; a window from a stranger could hang llama.cpp. */
const PENALTY_WINDOW_TOKENS = 64

/** Step between the seeds of two draws, as the golden ratio spreads them over 32 bits. */
export const SEED_STEP = 0x9e3779b1

type EvaluateOptions = NonNullable<Parameters<LlamaContextSequence['evaluate']>[1]>
type RepeatPenalty = NonNullable<EvaluateOptions['repeatPenalty']>

/** What the sequence needs to draw tokens. The seed is always set: the library's own default is the clock's second. */
export type DrawOptions = Pick<EvaluateOptions, 'temperature' | 'topK' | 'topP' | 'minP' | 'repeatPenalty'> & {
  seed: number
}

/** The interface's defaults, and every number within its range once more: this is the last gate before native code. */
export function drawOptions(sampling: Sampling, recentTokens: () => readonly number[]): DrawOptions {
  return {
    temperature: clamp(sampling.temperature, 0, 2, 0.7),
    topP: clamp(sampling.topP, 0.001, 1, 0.95),
    topK: Math.round(clamp(sampling.topK, 0, MAX_TOP_K, 40)),
    minP: clamp(sampling.minP, 0, 1, 0),
    seed: Math.round(clamp(sampling.seed, 0, 0xffffffff, randomInt(2 ** 32))),
    ...penalties(sampling, recentTokens)
  }
}

function penalties(sampling: Sampling, recentTokens: () => readonly number[]): { repeatPenalty?: RepeatPenalty } {
  const penalty = clamp(sampling.repeatPenalty, 0.5, 2, 1)
  const frequencyPenalty = clamp(sampling.frequencyPenalty, -2, 2, 0)
  const presencePenalty = clamp(sampling.presencePenalty, -2, 2, 0)
  if (penalty === 1 && frequencyPenalty === 0 && presencePenalty === 0) return {}
  // The library's type of a token is a number with a brand; these were drawn by the library itself.
  const punishTokens = () => recentTokens().slice(-PENALTY_WINDOW_TOKENS) as Token[]
  return {
    repeatPenalty: { punishTokens, maxPunishTokens: PENALTY_WINDOW_TOKENS, penalty, frequencyPenalty, presencePenalty }
  }
}

function clamp(value: number | undefined, min: number, max: number, fallback: number): number {
  return value === undefined || !Number.isFinite(value) ? fallback : Math.min(max, Math.max(min, value))
}
