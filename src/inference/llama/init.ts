import type { InferenceEngine, ModelInfo, P2paiError } from '../../interface/index.ts'
import type { GpuChoice } from './ipc.ts'

/** Slots of an engine unless told otherwise. */
export const DEFAULT_SLOTS = 4
/** More than this never pays on one machine, and llama.cpp ends at 256. */
export const MAX_SLOTS = 64
/** Context of a slot unless told otherwise; less when the model was trained on less. */
export const DEFAULT_CONTEXT_TOKENS = 8192
/** A context below this holds no conversation. */
export const MIN_CONTEXT_TOKENS = 256

/** Context of a model for vectors or ranks unless told otherwise: what it takes grows with the square. */
export const DEFAULT_TEXT_TOKENS = 2048

/** Tells what happened, never what was asked or answered. */
export type EngineLog = (level: 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>) => void

/** How to serve one model file. */
export interface LlamaEngineInit {
  /** Path of a GGUF. */
  modelFile: string
  /** Replaces the derived name; cut down to `[a-z0-9._-]` and one colon. */
  name?: string
  /** The demonstration model, chosen last. @default false */
  builtIn?: boolean
  /** Most tokens of a slot. Range 256 to what the model was trained on. @default 8192; 2048 for vectors and ranks */
  contextSizeTokens?: number
  /** Requests answered at once. Range 1 to 64; a model for vectors or ranks has one. @default 4 */
  slots?: number
  /** `off`, `auto`, or layers on the GPU. @default 'auto' */
  gpu?: GpuChoice
  /** Threads of the CPU, at most its cores. @default calibrated at load */
  threads?: number
  /** Where digests, probe results and quarantines are kept. @default in memory */
  stateDirectory?: string
  /** @default logs nothing */
  log?: EngineLog
}

/** An engine whose one model can be taken into memory and out of it again. */
export interface LoadableEngine extends InferenceEngine {
  /** What it serves, as of now. */
  readonly info: ModelInfo
  /** How far a load is, in percent; 0 while none is under way. */
  readonly loadPercent: number
  /** How often its process has said that it lives, which ends when it hangs; undefined before it said so once. */
  readonly signsOfLife: number | undefined
  /** Why the model cannot be asked; undefined while it can. */
  readonly failure: P2paiError | undefined
  /** The process that holds the model; undefined while there is none. */
  readonly processId: number | undefined
  /**
   * Loads the model now instead of with the first request. With `now` also when it has just failed and would be tried
   * again later. Throws what loading failed with, such as `InsufficientMemoryError`, or `AbortedError`.
   */
  load(signal?: AbortSignal, now?: boolean): Promise<void>
  /**
   * Frees the memory until the next request, and returns when it is free. Does nothing and returns false while there
   * is work or a load is under way.
   */
  unload(): Promise<boolean>
  /**
   * The context that one slot would get if it was loaded now and so many bytes more were free, in tokens; 0 when it
   * does not fit. `Infinity` where the memory is not the machine's.
   */
  contextRoom(freedBytes: number): Promise<number>
  /** Throws `BadModelError` when the file is gone or another one. */
  checkFile(): Promise<void>
  /** So many engines are at work now, this one included: it takes its share of the cores. */
  shareThreads(engines: number): void
}

/** A GGUF in a process of its own. */
export interface LlamaEngine extends LoadableEngine {
  /** `cpu` or the GPU's kind; empty before the first load. */
  readonly hardware: string
  /** Which numbers decided about slots and context; empty before the first load. */
  readonly memoryDecision: string
  /** Threads in use; 0 before the first load. */
  readonly threads: number
}
