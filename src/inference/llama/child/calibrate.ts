import type { Llama, LlamaContextSequence, LlamaModel } from 'node-llama-cpp'
import type { Calibration, ThreadTiming } from '../ipc.ts'

/** Decodes of one sequence at each number of threads; one tick before them warms up. */
const ONE_TICKS = 16
/** Ticks of a batch, which take longer. */
const ALL_TICKS = 8
/** A slow candidate is given up after this long: with more threads than free cores one decode can take seconds. */
const MAX_MEASURE_MS = 1500
/** Batches grow little beyond this. */
const MAX_BATCH = 4

/** Numbers of threads worth trying on so many physical cores. Never more: threads that wait for a core spin. */
export function threadCandidates(physicalCores: number): number[] {
  const wanted = [1, 2, physicalCores - 1, physicalCores]
  return [...new Set(wanted)].filter(threads => threads >= 1 && threads <= physicalCores).sort((a, b) => a - b)
}

/** Measures a tick of one sequence and one of several at each number of threads. */
export async function calibrateThreads(
  llama: Llama,
  model: LlamaModel,
  sequences: readonly LlamaContextSequence[],
  candidates: readonly number[]
): Promise<Calibration> {
  const batch = sequences.slice(0, MAX_BATCH)
  const timings: ThreadTiming[] = []
  for (const threads of candidates) {
    llama.maxThreads = threads
    const oneMs = await measure(model, batch.slice(0, 1), ONE_TICKS)
    timings.push({ threads, oneMs, allMs: batch.length > 1 ? await measure(model, batch, ALL_TICKS) : oneMs })
  }
  return { timings, sequences: batch.length }
}

/** The median, because another process may take the core at any moment. */
async function measure(model: LlamaModel, sequences: readonly LlamaContextSequence[], ticks: number): Promise<number> {
  const first = model.tokens.bos ?? model.tokenizer('a')[0]
  if (first === undefined) return 0
  const options = { temperature: 0, topK: 1, yieldEogToken: true }
  const iterators = sequences.map(sequence => sequence.evaluate([first], options))
  const tick = () => Promise.all(iterators.map(iterator => iterator.next()))
  await tick()
  const startedAtMs = performance.now()
  const durationsMs: number[] = []
  while (durationsMs.length < ticks && performance.now() - startedAtMs < MAX_MEASURE_MS) {
    const tickAtMs = performance.now()
    await tick()
    durationsMs.push(performance.now() - tickAtMs)
  }
  for (const iterator of iterators) await iterator.return()
  for (const sequence of sequences) await sequence.adaptStateToTokens([], false)
  return durationsMs.sort((a, b) => a - b)[durationsMs.length >> 1] ?? 0
}
