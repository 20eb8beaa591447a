import type { Llama } from 'node-llama-cpp'
import { InsufficientMemoryError } from '../../../interface/index.ts'
import type { Calibration, LoadOptions, LoadReport, ThreadTiming } from '../ipc.ts'
import { hardwareText, type LoadObserver, openWeights, threadWatcher } from './load.ts'
import { Speed } from './speed.ts'
import { prepareTexts, type ReadingModel, type TextModel } from './text-model.ts'
import { openReader } from './text-reader.ts'
import { ThreadGovernor } from './thread-governor.ts'
import { TickGate } from './tick-gate.ts'

/** Read at each number of threads; the first time warms up. */
const SAMPLE = 'The quick brown fox jumps over the lazy dog while seven clever otters count bright pebbles. '.repeat(2)
const SAMPLE_TICKS = 5
/** A slow candidate is given up after this long. */
const MAX_MEASURE_MS = 1500

/** Loads a model for vectors or ranks, with one slot. Throws `BadModelError` or `InsufficientMemoryError`. */
export async function loadTextModel(
  options: LoadOptions,
  observer: LoadObserver
): Promise<{ loaded: TextModel; report: LoadReport }> {
  const startedAtMs = performance.now()
  const { llama, model, wish, candidates } = await openWeights(options, observer)
  const reader = await openReader(model, options.header, wish.contextSizeTokens).catch(cause => {
    throw new InsufficientMemoryError(`no context fits: ${observer.ring.cause() || String(cause)}`, { cause })
  })
  const unmeasured = {
    llama,
    model,
    reader,
    gate: new TickGate(),
    prefillSpeed: new Speed(),
    decodeSpeed: new Speed(),
    contextSizeTokens: wish.contextSizeTokens
  }
  const measured = options.calibration ?? (await calibrate(llama, unmeasured, candidates))
  const governor = new ThreadGovernor(measured)
  const threads = governor.threadsFor({ decodes: 0, prefillTokens: 1 }, performance.now())
  // Work is estimated from it, so that the first requests are judged right too.
  unmeasured.prefillSpeed.record(1, measured.timings.find(timing => timing.threads === threads)?.allMs ?? 0)
  const loaded: TextModel = { ...unmeasured, governor, gate: new TickGate(threadWatcher(llama, governor)) }
  const report: LoadReport = {
    slots: 1,
    contextSizeTokens: loaded.contextSizeTokens,
    threads,
    hardware: hardwareText(llama, model, options.gpu),
    memoryDecision: wish.text,
    chatTemplate: '',
    decodeTokensPerSecond: 0,
    calibration: measured,
    loadMs: Math.round(performance.now() - startedAtMs)
  }
  return { loaded, report }
}

/** Milliseconds of a token at each number of threads: there are no batches to measure beside it. */
async function calibrate(llama: Llama, loaded: ReadingModel, candidates: readonly number[]): Promise<Calibration> {
  const timings: ThreadTiming[] = []
  const [text] = prepareTexts(loaded, sampleFor(loaded))
  if (text === undefined) return { timings, sequences: 1 }
  for (const threads of candidates) {
    llama.maxThreads = threads
    await text.read()
    const startedAtMs = performance.now()
    const durationsMs: number[] = []
    while (durationsMs.length < SAMPLE_TICKS && performance.now() - startedAtMs < MAX_MEASURE_MS) {
      const tickAtMs = performance.now()
      await text.read()
      durationsMs.push(performance.now() - tickAtMs)
    }
    // The median, because another process may take the core at any moment.
    const tokenMs = (durationsMs.sort((a, b) => a - b)[durationsMs.length >> 1] ?? 0) / text.tokens
    timings.push({ threads, oneMs: tokenMs, allMs: tokenMs })
  }
  return { timings, sequences: 1 }
}

/** A quarter of the context at most, since a query and a document are read together. */
function sampleFor({ model, reader: { task }, contextSizeTokens }: ReadingModel): Parameters<typeof prepareTexts>[1] {
  let sample = SAMPLE
  while (sample.length > 1 && model.tokenize(sample).length > contextSizeTokens / 4) {
    sample = sample.slice(0, sample.length / 2)
  }
  return task === 'embeddings' ? { task, inputs: [sample] } : { task, query: sample, documents: [sample] }
}
