import type { Advert } from './capabilities.ts'
import type { EngineStatus, InferenceEngine, ModelInfo } from './engine.ts'
import type { EndEvent, EngineEvent } from './events.ts'
import type { ModelControl } from './model-control.ts'
import type { PeerDetail, PeerRank } from './peer-detail.ts'
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
  /** Where it ranks among providers, and why. */
  rank?: PeerRank
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

/** One round trip to a peer. */
export interface PingResult {
  peerId: string
  /** Where the peer was reached. */
  address: string
  /** `relay` when another peer is in between, which is slower and may be limited. */
  path: 'direct' | 'relay'
  rttMs: number
}

/** Each way on which a node finds others, and how many came of it so far. */
export interface DiscoveryReport {
  connections: number
  /** Providers known, this node not counted. */
  providers: number
  /** Peers heard of on the local network. */
  mdns: { enabled: boolean; peers: number }
  /** The addresses that the user named. */
  bootstrap: { address: string; connected: boolean }[]
  /** Peers of the last run, and how many of them are connected now. */
  saved: { peers: number; connected: number }
  /** Peers in the routing table. */
  dht: { enabled: boolean; peers: number }
  /** Peers that take part in the gossip about adverts. */
  gossip: { enabled: boolean; peers: number }
  /** Milliseconds by which the clocks of others are ahead of this one, their median. Absent before the first advert. */
  clockOffsetMs?: number
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
  /** Gets, removes and unloads models. Absent where engines were given as they are. */
  readonly modelControl?: ModelControl
  /** The network with this node's own engines, as one engine. */
  readonly engine: InferenceEngine
  status(): NodeStatus
  peers(): PeerSummary[]
  /**
   * One peer by its id or the name that it gave itself, and why it ranks where it does. Throws `NoProviderError` for
   * one that is not known, `InvalidRequestError` for a name of several.
   */
  peer(name: string): PeerDetail
  models(): Promise<NetworkModel[]>
  localModels(): Promise<ModelInfo[]>
  /** Dials an address that ends in a peer id. Throws `InvalidAddressError` or `ProviderUnreachableError`. */
  connect(address: string): Promise<PeerSummary>
  /**
   * One round trip to a peer, by id, address, or the name that it gave itself. Throws `InvalidAddressError`,
   * `InvalidRequestError` for a name of several, `NoProviderError`, `ProviderUnreachableError` or `ProviderSilentError`.
   */
  ping(peer: string): Promise<PingResult>
  /** How peers are found, and what came of it. */
  discovery(): DiscoveryReport
}
