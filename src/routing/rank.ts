import type { Candidate } from '../interface/index.ts'

/**
 * Best first: real models before the built-in one, warm and free before the rest, then the larger model, then more
 * free slots, then the shorter wait. Ties are drawn, so that askers with the same news do not all pick one peer.
 */
export function rankCandidates(candidates: readonly Candidate[], random: () => number = Math.random): Candidate[] {
  return candidates
    .map(candidate => ({ candidate, key: rankKey(candidate), draw: random() }))
    .sort((a, b) => compare(a.key, b.key) || a.draw - b.draw)
    .map(entry => entry.candidate)
}

/** Compared from left to right, smaller is better. */
function rankKey({ model }: Candidate): number[] {
  const isReady = model.warm && model.slots.free > 0
  return [Number(model.builtIn), Number(!isReady), -model.parameterCount, -model.slots.free, model.waitMs]
}

function compare(a: number[], b: number[]): number {
  for (let index = 0; index < a.length; index++) {
    const difference = a[index]! - b[index]!
    if (difference !== 0) return difference
  }
  return 0
}
