import type { Advert } from './capabilities.ts'
import type { EngineStatus, InferenceEngine, ModelInfo } from './engine.ts'
import type { EndEvent, EngineEvent } from './events.ts'
import type { GenerateOptions, GenerateRequest } from './request.ts'

/** A model somewhere in reach, and who serves it. */
export interface NetworkModel {
  name: string
  digest: string
  /** Served by this node itself. */
  local: boolean
  /** Remote peers that advertise it. */
  providers: number
  contextSizeTokens: number
  warm: boolean
}

/** A peer as `p2pai peers` shows it. */
export interface PeerSummary {
  peerId: string
  /** Owner's name for the node; may be empty. */
  label: string
  connected: boolean
  addresses: string[]
  /** Round trip of the last ping; absent before the first. */
  rttMs?: number
  /** Its program and version as told by identify. */
  agent: string
  /** Absent while nothing is advertised. */
  advert?: Advert
  /** Not chosen before this moment (milliseconds since 1970) because it failed. */
  suspectUntilMs?: number
}

/** What `p2pai status` shows. */
export interface NodeStatus {
  version: string
  peerId: string
  label: string
  addresses: string[]
  connections: number
  /** Known providers, this node not counted. */
  providers: number
  uptimeMs: number
  rssBytes: number
  engines: EngineStatus[]
}

/** A whole answer. */
export interface AnswerResult {
  text: string
  finishReason: EndEvent['finishReason']
  model: { name: string; digest: string }
  provider: { peerId: string }
  usage: EndEvent['usage']
  timings: { discoveryMs: number; firstTokenMs: number; totalMs: number; tokensPerSecond: number }
  attempts: { peerId: string; outcome: string }[]
}

/** A question under way. Iterate it for text as it comes, or take the whole. Can be consumed once. */
export interface Answer extends AsyncIterable<string>, AsyncDisposable {
  /** The engine's own events. */
  events(): AsyncIterable<EngineEvent>
  /** All text. Throws if the answer was cut. */
  text(): Promise<string>
  /** All text with usage, timings and who answered. */
  result(): Promise<AnswerResult>
}

/** `ask` takes a text, or a request without the model. */
export type Question = string | (Omit<GenerateRequest, 'model'> & { model?: string })

export interface AskOptions extends GenerateOptions {
  /** Name, digest prefix or `auto`. @default 'auto' */
  model?: string
}

/** What a running node offers to its program, to the gateway and to the control socket. */
export interface NodeControl {
  readonly peerId: string
  /** The network with this node's own engines, as one engine. */
  readonly engine: InferenceEngine
  status(): NodeStatus
  peers(): PeerSummary[]
  models(): Promise<NetworkModel[]>
  localModels(): Promise<ModelInfo[]>
  /** Dials an address that ends in a peer id. Throws `InvalidAddressError` or `ProviderUnreachableError`. */
  connect(address: string): Promise<PeerSummary>
}
