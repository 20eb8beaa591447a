import type { LogLevel, NodeLog } from '../options.ts'

/** What `startDaemon` takes. */
export interface DaemonOptions {
  /** @default `P2PAI_HOME`, else the system's folder for data */
  home?: string
  /**
   * GGUF files, or names that p2pai knows: these are loaded, and only these are served.
   * @default all that are installed; the best one, or the built-in one, is loaded
   */
  models?: string[]
  /** An idle model leaves the memory after this time; `Infinity`: never. @default 600000 */
  keepAliveMs?: number
  /** Share nothing. @default false */
  noModel?: boolean
  /** Multiaddrs to listen on. @default the profile's */
  listen?: string[]
  /** Multiaddrs to dial first. @default none */
  bootstrap?: string[]
  /** Find peers on the local network. @default true */
  mdns?: boolean
  /** Name of the node that other users see. @default '' */
  label?: string
  /** Tokens of prompt and answer per request. @default what model and memory allow */
  context?: number
  /** Requests answered at the same time. @default the engine's choice */
  slots?: number
  /** Layers on the GPU, or whether to use it. @default 'auto' */
  gpu?: 'auto' | 'off' | number
  /** Threads of the processor. @default measured */
  threads?: number
  /**
   * A server that speaks OpenAI's API, such as `http://127.0.0.1:8000`: its models are shared in place of the best
   * installed one. `models` then choose among its models by name; files are opened beside them. @default none
   */
  upstream?: string
  /** File whose first line is the key for that server. @default no key */
  upstreamKeyFile?: string
  /** Requests given to that server at once. @default what it says, else 8 */
  upstreamSlots?: number
  /** What its models do that it does not tell: `images`, `thoughts`, `embeddings`, `rerank`. @default none */
  upstreamFeatures?: string[]
  /**
   * `ADDR:PORT` of the HTTP gateway, or `off`. A port that is named must be free.
   * @default 127.0.0.1:11435, or the next free port
   */
  api?: string
  /** File whose first line is the key that HTTP clients must send. Needed off loopback. @default no key */
  apiKeyFile?: string
  /** Let the gateway listen off loopback without a key. @default false */
  insecure?: boolean
  /** Origins of web pages that may call the gateway, such as `https://example.org`. @default none */
  cors?: string[]
  /** Peers that may ask, and nobody else: ids, or addresses that end in one. @default everybody */
  allow?: string[]
  /** Peers that may not ask; stronger than `allow`. @default none */
  deny?: string[]
  /** Peers that are never asked. @default none */
  denyProvider?: string[]
  /** Hours in which others are answered, such as `22:00-07:00`. @default always */
  when?: string
  /** Share of the time that this machine may work for others, over ten minutes. @default 1 */
  maxLoad?: number
  /** On battery, answer others only above this many percent. @default 20 */
  minBattery?: number
  /** Answer others only while nobody uses keyboard or mouse. @default false */
  onlyWhenIdle?: boolean
  /** Answer nobody over a line that costs money by volume. @default false */
  notMetered?: boolean
  /** Micro-credits for 1,000 tokens, read or generated. @default 0 */
  price?: number
  /** The most micro-credits for 1,000 tokens that this machine promises to others. @default no cap */
  maxPrice?: number
  /** The most micro-credits that it promises in one day (UTC). @default no bound */
  budget?: number
  /** How providers are chosen for this machine's own questions: see `NodeOptions`. @default 'rec' */
  policy?: string
  /** How answers of others are checked: see `NodeOptions`. @default 'canary' */
  audits?: string
  /** Lines that matter less are left out, of the file too. @default 'info' */
  logLevel?: LogLevel
  /** Hears what the daemon writes to its log file, requests excepted. */
  log?: NodeLog
  /** Aborting it while the daemon starts undoes what was done. */
  signal?: AbortSignal
}

/** What is told when everything is up. */
export interface DaemonReady {
  peerId: string
  /** Multiaddrs that end in the peer id. */
  addresses: string[]
  models: { name: string; digest: string }[]
  /** URL of the HTTP gateway, without a slash at the end; absent when it is off. */
  api?: string
  pid: number
}

/** A running daemon. */
export interface Daemon {
  readonly ready: DaemonReady
  /** Writes to the daemon's log, for the program around it. */
  readonly log: NodeLog
  /** Settles when the daemon has stopped, whoever asked for it. */
  readonly stopped: Promise<void>
  /** Says goodbye, lets running answers finish for a while, and leaves nothing behind. Safe to call twice. */
  stop(): Promise<void>
}
