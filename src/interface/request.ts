import type { Message, ResponseFormat, Tool, ToolChoice } from './messages.ts'

/** How the next token is drawn. Absent fields take the engine's defaults, given per field. */
export interface Sampling {
  /** 0 is greedy. Range 0 to 2. @default 0.7 */
  temperature?: number
  /** Nucleus: keep the likeliest tokens up to this sum. Range (0, 1]. @default 0.95 */
  topP?: number
  /** Keep this many of the likeliest tokens; 0 keeps all. Range 0 to 200. @default 40 */
  topK?: number
  /** Drop tokens less likely than this share of the likeliest one. Range 0 to 1. @default 0 */
  minP?: number
  /** Same seed, same prompt, same conditions: same answer. 32 bits, unsigned. @default random */
  seed?: number
  /** 1 is off. Range 0.5 to 2, over the last 64 tokens. @default 1 */
  repeatPenalty?: number
  /** 0 is off. Range -2 to 2. @default 0 */
  frequencyPenalty?: number
  /** 0 is off. Range -2 to 2. @default 0 */
  presencePenalty?: number
}

/** A bound that the provider must meet or refuse before any work. */
export interface AcceptIf {
  firstTokenMs?: number
  totalMs?: number
  /** Micro-credits per 1,000 tokens. */
  pricePerKiloToken?: number
  /** Length of the answer that `totalMs` is meant for. @default what the provider assumes */
  expectedTokens?: number
}

/** The part of an answer that another provider gave already; it is continued, not answered anew. */
export interface Resume {
  /** The assistant text delivered so far, cut at a token boundary. */
  text: string
  /** The ids of its tokens; used as they are when `digest` is the digest of the model that goes on. */
  tokenIds: number[]
  /** SHA-256 of the GGUF that made `tokenIds`, 64 hex digits. */
  digest: string
}

/** One prompt for an engine. Everything but `model` and `messages` may be absent. */
export interface GenerateRequest {
  /** A model's name, a digest prefix of at least 12 hex digits, or `auto` for any chat model. */
  model: string
  /** The conversation, oldest first. At least one message, at most 4,096. */
  messages: Message[]
  /**
   * Most tokens to generate. Clamped to what the context leaves. 0 only counts the prompt's tokens: the answer is
   * `accepted` and `end`, without a slot or any evaluation. @default what the context leaves
   */
  maxTokens?: number
  /** Most tokens of reasoning in front of the answer; 0 asks for none. Ignored by models that do not reason. @default the engine's */
  maxThoughtTokens?: number
  sampling?: Sampling
  /** Texts that end the answer and are not part of it. At most 4, each of 1 to 64 characters. */
  stop?: string[]
  tools?: Tool[]
  toolChoice?: ToolChoice
  /** Whether one answer may call several tools. @default true */
  parallelToolCalls?: boolean
  /** @default { type: 'text' } */
  responseFormat?: ResponseFormat
  /** Report log probabilities: of the chosen token and of this many likeliest ones beside it. Range 0 to 5. @default off */
  logprobs?: number
  /** Names a conversation of the caller, so that its cached prefix is found again. At most 64 characters. */
  sessionId?: string
  /** What the provider gave in `end` of the last turn. Opaque, at most 64 bytes. */
  conversationTag?: Uint8Array
  /** Milliseconds that remain until the answer is worthless. Measured by each side from receipt. @default none */
  deadlineMs?: number
  /**
   * How long an idle model stays in this machine's memory from now on, if it answers itself; `Infinity` for ever.
   * Never told to others, whose memory is their own. @default the node's own setting
   */
  keepAliveMs?: number
  acceptIf?: AcceptIf
  resume?: Resume
}

/** What goes with a request and is not part of it. */
export interface GenerateOptions {
  /** Aborting it ends the work everywhere, on a remote machine too, and makes the iterable throw `AbortedError`. */
  signal?: AbortSignal
  /** For whom the work is done: a peer id, or `local`. Queues are fair between tenants. @default 'local' */
  tenant?: string
  route?: RouteOptions
}

/** Who may answer. Engines that compute themselves ignore it. */
export interface RouteOptions {
  /** Only this peer: its id, or a multiaddr that ends in its id. */
  peer?: string
  /** Never these peers, by id. @default none */
  deny?: readonly string[]
  /** Never leave this machine. @default false */
  local?: boolean
  /**
   * Whether others may read this conversation to check its answers: `true` and `false` stand above what the node does
   * by itself. @default the node's `audits`
   */
  audit?: boolean
  /** How long to wait for a provider to be found. @default 5000 */
  discoveryTimeoutMs?: number
  /** The most micro-credits for 1,000 tokens, read or generated, that a provider may ask. @default no cap */
  maxPricePerKiloToken?: number
  /** The most micro-credits that this node may promise in one day (UTC); when they are, only free providers are asked. @default no bound */
  budgetPerDay?: number
  /**
   * Who may go on with an answer whose provider is lost: a peer with the very same file, one with the same model in
   * another quantization too when nobody has the same file, or nobody. @default 'quantization'
   */
  resume?: 'same' | 'quantization' | 'never'
  /** How the provider is chosen: `rec`, `fair`, `cheap`, `lru`, `nataris` or `random`. @default the node's `policy` */
  policy?: string
}
