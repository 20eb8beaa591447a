import type { AdvertisedModel } from '../../../../src/interface/index.ts'
import type { PolicyCandidate, PolicyQuote, Scene } from '../../../../src/routing/index.ts'
import { modelOf } from '../fixtures.ts'

/** A peer with four free slots, 1,000 tokens a second in and 20 out. */
export function peer(
  peerId: string,
  model: Partial<AdvertisedModel> = {},
  own: Partial<PolicyCandidate> = {}
): PolicyCandidate {
  const speeds = { prefillTokensPerSecond: 1_000, decodeTokensPerSecond: 20 }
  return { peerId, hardwareClass: 'desktop', advertAgeMs: 1_000, model: modelOf({ ...speeds, ...model }), ...own }
}

/** A first turn of 1,000 tokens in and 100 out, with nothing quoted yet. Draws are all 0. */
export function sceneOf(candidates: PolicyCandidate[], changes: Partial<Scene> = {}): Scene {
  const request = { promptTokens: 1_000, expectedTokens: 100 }
  return { request, attempt: 1, candidates, quotes: [], random: () => 0, ...changes }
}

export function quoteOf(peerId: string, firstTokenMs: number, decodeTokensPerSecond: number): PolicyQuote {
  return { peerId, waitMs: 0, firstTokenMs, decodeTokensPerSecond, ageMs: 100 }
}

/** Draws that come back in turn. */
export function draws(...values: number[]): () => number {
  let next = 0
  return () => values[next++ % values.length]!
}

/** Many draws, the same in every run. */
export function evenDraws(steps = 1_000): () => number {
  let next = 0
  return () => ((next++ * 617) % steps) / steps
}
