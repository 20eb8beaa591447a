import type { Llama, LlamaContextSequence, LlamaModel } from 'node-llama-cpp'

/** Decodes at each number of threads; the first one, which warms up, is not counted. */
const DECODES = 16
/** A slow candidate is given up after this long: with more threads than free cores one decode can take seconds. */
const MAX_CANDIDATE_MS = 2000

/** Numbers of threads worth trying on so many physical cores. Never more: threads that wait for a core spin. */
export function threadCandidates(physicalCores: number): number[] {
  const wanted = [1, 2, physicalCores - 1, physicalCores]
  return [...new Set(wanted)].filter(threads => threads >= 1 && threads <= physicalCores).sort((a, b) => a - b)
}

/** Tries numbers of threads and leaves the library set to the fastest. Returns it with its speed. */
export async function calibrateThreads(
  llama: Llama,
  model: LlamaModel,
  sequence: LlamaContextSequence,
  candidates: readonly number[]
): Promise<{ threads: number; decodeTokensPerSecond: number }> {
  let best = { threads: candidates[0] ?? 1, decodeTokensPerSecond: 0 }
  for (const threads of candidates) {
    llama.maxThreads = threads
    const decodeTokensPerSecond = await measure(model, sequence)
    if (decodeTokensPerSecond > best.decodeTokensPerSecond) best = { threads, decodeTokensPerSecond }
  }
  llama.maxThreads = best.threads
  return best
}

async function measure(model: LlamaModel, sequence: LlamaContextSequence): Promise<number> {
  const first = model.tokens.bos ?? model.tokenizer('a')[0]
  if (first === undefined) return 0
  const iterator = sequence.evaluate([first], { temperature: 0, topK: 1, yieldEogToken: true })
  await iterator.next()
  const startedAtMs = performance.now()
  let decoded = 0
  while (decoded < DECODES && performance.now() - startedAtMs < MAX_CANDIDATE_MS) {
    await iterator.next()
    decoded++
  }
  const tookMs = performance.now() - startedAtMs
  await iterator.return()
  await sequence.adaptStateToTokens([], false)
  return (decoded * 1000) / Math.max(0.001, tookMs)
}
