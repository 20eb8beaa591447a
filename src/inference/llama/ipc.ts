import type {
  ErrorDetails,
  FinishReason,
  Message,
  ProgressPhase,
  ResponseFormat,
  Sampling,
  TokenLogprob,
  Tool,
  ToolCall,
  ToolChoice
} from '../../interface/index.ts'

/** How often the child tells that it lives, from its own event loop. At least once a second is promised. */
export const HEARTBEAT_MS = 500

/** Layers on the GPU: as many as fit, none, or a number. */
export type GpuChoice = 'auto' | 'off' | number

/** Measured for one number of threads: milliseconds of a tick with one sequence, and with several. */
export interface ThreadTiming {
  threads: number
  oneMs: number
  allMs: number
}

/** How fast this machine is with which threads. */
export interface Calibration {
  timings: ThreadTiming[]
  /** How many sequences `allMs` had. */
  sequences: number
}

/** What the child needs to load a model. */
export interface LoadOptions {
  modelFile: string
  /** What the weights take: the size of the file, or of all its parts. */
  weightsBytes: number
  contextSizeTokens: number
  slots: number
  gpu: GpuChoice
  /** Absent: calibrated. */
  threads?: number
  /** Of an earlier life of the process, so that a restart need not measure again. */
  calibration?: Calibration
  header: GgufHeader
}

/** A request as the child sees it: checked, and with its tenant. */
export interface ChildRequest {
  messages: Message[]
  tenant: string
  sampling: Sampling
  stop: string[]
  maxTokens?: number
  responseFormat?: ResponseFormat
  logprobs?: number
  sessionId?: string
  conversationTag?: Uint8Array
  /** `tokenIds` only when they are of this very file. */
  resume?: { text: string; tokenIds?: number[] }
  /** Absent where none may be called. */
  tools?: Tool[]
  toolChoice?: ToolChoice
  parallelToolCalls?: boolean
  maxThoughtTokens?: number
  /** Nothing is answered: what `resume` gives is compared with what the model would say. */
  isScore?: boolean
}

/** A request for vectors or ranks as the child sees it: checked. */
export type ChildTexts =
  | { task: 'embeddings'; inputs: string[] }
  | { task: 'rerank'; query: string; documents: string[] }

/** One vector, or one score, for each text. */
export type ChildValues = { promptTokens: number } & ({ vectors: Float32Array[] } | { scores: number[] })

/** From the daemon to the child. */
export type ToChild =
  | { type: 'probe'; modelFile: string }
  | { type: 'load'; options: LoadOptions }
  | { type: 'prepare'; id: number; request: ChildRequest }
  | { type: 'prepare-texts'; id: number; request: ChildTexts }
  | { type: 'start'; id: number }
  | { type: 'read'; id: number; tokens: number }
  | { type: 'cancel'; id: number }
  /** So many engines are at work now, this one included: each takes its share of the cores. */
  | { type: 'share'; engines: number }
  | { type: 'close' }

/** A failure on its way between processes. */
export interface WireError {
  code: string
  message: string
  details: ErrorDetails
}

/** What loading came to. */
export interface LoadReport {
  slots: number
  contextSizeTokens: number
  threads: number
  /** Kind of GPU, or `cpu`. */
  hardware: string
  /** Which numbers decided about slots and context. */
  memoryDecision: string
  chatTemplate: string
  decodeTokensPerSecond: number
  calibration: Calibration
  loadMs: number
}

/** The few facts of a GGUF's header that are used. Texts are cut at 256 characters; 0 is not known. */
export interface GgufHeader {
  architecture: string
  name: string
  basename: string
  sizeLabel: string
  finetune: string
  /** As the file has it, an SPDX identifier in small letters where it is well made. */
  licence?: string | undefined
  /** Index of the quantization, see `FILE_TYPES`; -1 when absent. */
  fileType: number
  trainContextTokens: number
  blockCount: number
  embeddingLength: number
  headCount: number
  headCountKv: number
  keyLength: number
  valueLength: number
  parameterCount: number
  /** The file says how a conversation is written; base models do not. */
  hasChatTemplate?: boolean | undefined
  /** The model joins what it computes into one vector, as only embedding models do, whatever their architecture. */
  pools?: boolean | undefined
  /** It has the head of a model that ranks documents. */
  ranks?: boolean | undefined
}

/** What the probe found out. */
export interface ProbeReport {
  header: GgufHeader
  /** Was made for conversations: it has a template, or is an instruct model of a known family. */
  chat: boolean
  /** Calls of tools can be told from its answers. */
  tools: boolean
  /** Reasons in a form that can be told from its answers. */
  thoughts: boolean
  /** Turns texts into vectors, and does nothing else. */
  embeddings: boolean
  /** Ranks documents, and does nothing else. */
  rerank: boolean
  /** How long loading took, with a warm file cache. */
  loadMs: number
}

/** Text of one request, made in one tick. */
export interface ChildDelta {
  id: number
  text: string
  tokenIds: number[]
  logprobs?: TokenLogprob[]
  /** Absent: of the answer. */
  channel?: 'thought'
  toolCalls?: ToolCall[]
}

/** The end of one request. */
export interface ChildEnd {
  id: number
  finishReason: FinishReason
  /** The stop string that ended it. */
  stopSequence?: string
  promptTokens: number
  cachedPromptTokens: number
  completionTokens: number
  thoughtTokens: number
  prefillMs: number
  decodeMs: number
  conversationTag: Uint8Array
}

/** What an answer of somebody else came to. */
export interface ChildScore {
  /** Prompt and answer. */
  promptTokens: number
  margins: Float32Array
}

/** Where a request stands. */
export interface RequestProgress {
  id: number
  phase: ProgressPhase
  done: number
  total: number
}

/** A sign of life. */
export interface Heartbeat {
  type: 'beat'
  rssBytes: number
  tickAgeMs: number
  loadPercent: number
  /** Measured, 0 before the first measurement. */
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
  requests: RequestProgress[]
}

/** From the child to the daemon. */
export type FromChild =
  | { type: 'probed'; report: ProbeReport }
  | { type: 'loaded'; report: LoadReport }
  | { type: 'load-failed'; error: WireError }
  /** Sent before a request is looked at: one without it had no part in a crash. */
  | { type: 'received'; id: number }
  /** `resumedTokens` of them were given out elsewhere. */
  | { type: 'prepared'; id: number; promptTokens: number; resumedTokens: number }
  | { type: 'rejected'; id: number; error: WireError }
  | { type: 'deltas'; deltas: ChildDelta[] }
  | { type: 'ended'; end: ChildEnd }
  | { type: 'values'; id: number; values: ChildValues }
  | { type: 'scored'; id: number; score: ChildScore }
  | Heartbeat
