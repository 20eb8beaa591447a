import os from 'node:os'
import {
  type ChatWrapper,
  getLlama,
  type Llama,
  type LlamaContext,
  LlamaLogLevel,
  type LlamaModel,
  resolveChatWrapper
} from 'node-llama-cpp'
import { BadModelError, InsufficientMemoryError } from '../../../interface/index.ts'
import type { GpuChoice, LoadOptions, LoadReport } from '../ipc.ts'
import { memoryNeeds } from '../memory-needs.ts'
import { calibrateThreads, threadCandidates } from './calibrate.ts'
import { callSyntaxOf, thoughtSyntaxOf } from './call-syntax.ts'
import { decideWithGpu } from './gpu-memory.ts'
import type { LoadedModel, Slot } from './loaded-model.ts'
import type { LogRing } from './log-ring.ts'
import { decideMemory, type MemoryDecision, type MemoryNeeds, stepDown } from './memory-gate.ts'
import { PrefillPacer } from './prefill-pacer.ts'
import { Speed } from './speed.ts'
import { ThreadGovernor } from './thread-governor.ts'
import { TickGate, type TickWatcher } from './tick-gate.ts'

/** Where the loader tells what happens. */
export interface LoadObserver {
  ring: LogRing
  onPercent(percent: number): void
}

/** Loads a model with as many slots and as much context as fit. Throws `BadModelError` or `InsufficientMemoryError`. */
export async function loadModel(
  options: LoadOptions,
  observer: LoadObserver
): Promise<{ loaded: LoadedModel; report: LoadReport }> {
  const startedAtMs = performance.now()
  const { llama, candidates, model, wish } = await openWeights(options, observer)
  const wrapper = chatWrapperOf(model)
  const { context, slots: slotCount, note } = await openContext(model, wish, observer.ring)
  const slots: Slot[] = Array.from({ length: slotCount }, () => emptySlot(context))
  const sequences = slots.map(slot => slot.sequence)
  const measured = options.calibration ?? (await calibrateThreads(llama, model, sequences, candidates))
  const governor = new ThreadGovernor(measured)
  const threads = governor.threadsFor({ decodes: 1, prefillTokens: 0 }, performance.now())
  const decodeMs = Math.max(0.001, measured.timings.find(timing => timing.threads === threads)?.oneMs ?? 0)
  const decodeSpeed = new Speed()
  decodeSpeed.record(1, decodeMs)
  const loaded: LoadedModel = {
    llama,
    model,
    context,
    wrapper,
    callSyntax: callSyntaxOf(wrapper, model),
    thoughtSyntax: thoughtSyntaxOf(wrapper, model),
    slots,
    gate: new TickGate(threadWatcher(llama, governor)),
    governor,
    pacer: new PrefillPacer(slotCount),
    prefillSpeed: new Speed(),
    decodeSpeed,
    contextSizeTokens: Math.min(context.contextSize, wish.contextSizeTokens),
    vocabularySize: model.fileInfo.metadata.tokenizer?.ggml?.tokens?.length ?? 0
  }
  const report = {
    slots: slotCount,
    contextSizeTokens: loaded.contextSizeTokens,
    threads: governor.threadsFor({ decodes: slotCount, prefillTokens: 0 }, performance.now()),
    hardware: hardwareText(llama, model, options.gpu),
    memoryDecision: note === '' ? wish.text : `${wish.text}; ${note}`,
    chatTemplate: wrapper.wrapperName,
    decodeTokensPerSecond: 1000 / decodeMs,
    calibration: measured,
    loadMs: Math.round(performance.now() - startedAtMs)
  }
  return { loaded, report }
}

/** A model without a context yet. */
export interface OpenWeights {
  llama: Llama
  model: LlamaModel
  /** What the memory has room for. */
  wish: MemoryDecision
  /** Numbers of threads worth trying. */
  candidates: number[]
}

/** Opens the library and the file, as far as the memory has room. */
export async function openWeights(options: LoadOptions, observer: LoadObserver): Promise<OpenWeights> {
  const llama = await openLlama(options.gpu, observer.ring)
  const cores = Math.max(1, Math.min(llama.cpuMathCores, os.availableParallelism()))
  llama.maxThreads = options.threads === undefined ? cores : Math.min(options.threads, os.availableParallelism())
  const needs = await memoryNeeds(options)
  // With a GPU the library places the weights, and the gate looks at what it left to the machine.
  const opened =
    llama.gpu === false
      ? await openOnProcessor(llama, options, needs, observer)
      : await openOnGpu(llama, llama.gpu, options, needs, observer)
  const candidates = options.threads === undefined ? threadCandidates(cores) : [llama.maxThreads]
  return { llama, ...opened, candidates }
}

/** Sets the library's threads for every tick; it takes them up with the next batch. */
export function threadWatcher(llama: Llama, governor: ThreadGovernor): TickWatcher {
  return {
    onOpen: load => {
      llama.maxThreads = governor.threadsFor(load, performance.now())
    },
    onClose: (load, durationMs) => governor.record(load, llama.maxThreads, durationMs, performance.now())
  }
}

/** Opens the library. Never compiles and never downloads. */
export async function openLlama(gpu: GpuChoice, ring: LogRing): Promise<Llama> {
  return await getLlama({
    build: 'never',
    skipDownload: true,
    progressLogs: false,
    gpu: gpu === 'off' ? false : 'auto',
    logLevel: LlamaLogLevel.warn,
    logger: (_level, message) => ring.push(message)
  })
}

/** The model's own chat template, resolved once: it costs up to half a second of this thread. */
export function chatWrapperOf(model: LlamaModel): ChatWrapper {
  return resolveChatWrapper(model)
}

/** Without a GPU the gate decides before anything is loaded. */
async function openOnProcessor(
  llama: Llama,
  options: LoadOptions,
  needs: MemoryNeeds,
  observer: LoadObserver
): Promise<{ model: LlamaModel; wish: MemoryDecision }> {
  const wish = decideMemory(needs)
  return { model: await openModel(llama, options, wish.contextSizeTokens, observer), wish }
}

async function openOnGpu(
  llama: Llama,
  gpu: string,
  options: LoadOptions,
  needs: MemoryNeeds,
  observer: LoadObserver
): Promise<{ model: LlamaModel; wish: MemoryDecision }> {
  const vram = await llama.getVramState()
  const model = await openModel(llama, options, options.contextSizeTokens, observer)
  const placement = {
    gpu,
    layersOnGpu: model.gpuLayers,
    layers: options.header.blockCount + 1,
    vramTotalBytes: vram.total,
    vramFreeBytes: vram.free,
    unifiedBytes: vram.unifiedSize
  }
  try {
    return { model, wish: decideWithGpu(needs, placement) }
  } catch (error) {
    await model.dispose()
    throw error
  }
}

async function openModel(
  llama: Llama,
  options: LoadOptions,
  contextSize: number,
  observer: LoadObserver
): Promise<LlamaModel> {
  try {
    return await llama.loadModel({
      modelPath: options.modelFile,
      // Kernels repack the weights, so that mapped pages would be held twice.
      useMmap: llama.gpu === false ? false : 'auto',
      gpuLayers: typeof options.gpu === 'number' ? options.gpu : { fitContext: { contextSize } },
      onLoadProgress: share => observer.onPercent(Math.round(share * 100))
    })
  } catch (cause) {
    const reason = observer.ring.cause() || (cause instanceof Error ? cause.message : String(cause))
    throw new BadModelError(`not a usable GGUF: ${reason}`, { cause })
  }
}

async function openContext(
  model: LlamaModel,
  wish: { slots: number; contextSizeTokens: number },
  ring: LogRing
): Promise<{ context: LlamaContext; slots: number; note: string }> {
  let step: { slots: number; contextSizeTokens: number } | undefined = wish
  let cause: unknown
  while (step !== undefined) {
    try {
      const { slots, contextSizeTokens: contextSize } = step
      const context = await model.createContext({ contextSize, sequences: slots, failedCreationRemedy: false })
      return { context, slots, note: step === wish ? '' : `the library had room for ${slots} x ${contextSize}` }
    } catch (error) {
      cause = error
      step = stepDown(step)
    }
  }
  throw new InsufficientMemoryError(`no context fits: ${ring.cause() || String(cause)}`, { cause })
}

function emptySlot(context: LlamaContext): Slot {
  return {
    sequence: context.getSequence(),
    busy: false,
    tenant: undefined,
    sessionId: undefined,
    tag: undefined,
    lastUsedMs: 0
  }
}

export function hardwareText(llama: Llama, model: LlamaModel, gpu: GpuChoice): string {
  if (llama.gpu !== false) return `${llama.gpu}, ${model.gpuLayers} layers`
  return gpu === 'off' ? 'cpu' : 'cpu (no usable GPU found)'
}
