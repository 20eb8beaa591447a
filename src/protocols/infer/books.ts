import type { AcceptedEvent, EndEvent, GenerateRequest, Quote, RouteOptions } from '../../interface/index.ts'

/** Who is at the other end of a job, and which one it is. */
export interface JobParties {
  /** Peer id of the other side. */
  peer: string
  /** Id of the job, 32 hex digits. */
  job: string
  pricePerKiloToken: number
}

/** Keeps a provider's books. */
export interface ProviderBooks {
  /** What a job costs now, in micro-credits for 1,000 tokens. */
  pricePerKiloToken(): number
  /** How often an asker is to acknowledge, in tokens. */
  readonly acknowledgeEveryTokens: number
  /** Begins a job. */
  open(parties: JobParties): ProviderJob
  /** In whose name a peer that signs nothing waits: a stranger's, whatever it has given under its own. */
  unsignedTenant(peer: string): string
  /** Notes what was given to a peer that signs nothing: tokens read and generated. */
  unsigned(peer: string, tokens: number): void
}

/** One job as its provider keeps it. */
export interface ProviderJob {
  /** Tokens went out to the asker. */
  delivered(tokens: number): void
  /** Judges what the asker signed. Throws `ReceiptError`. */
  acknowledge(envelope: Uint8Array): Promise<void>
  /**
   * Resolves when few enough tokens are not acknowledged yet. Throws what `signal` is aborted with, and
   * `SlowReaderError` when too little comes for too long, which is less while others wait.
   */
  room(signal: AbortSignal, isCrowded: () => boolean): Promise<void>
  /** The sealed receipt, for the end of the answer. */
  receipt(model: AcceptedEvent['model'], usage: EndEvent['usage']): Promise<Uint8Array>
  /** Resolves when the receipt is signed by both, or `gone` resolves, or it takes too long. */
  settled(gone: Promise<void>): Promise<void>
  /** Writes down what is not yet, whatever the end: about so many tokens of the prompt were read, if none were counted. */
  close(readTokens: number): void
}

/** Keeps an asker's books. */
export interface AskerBooks {
  /** A peer, by id, said what it wants. */
  quoted(peer: string, quote: Quote): void
  /**
   * Settles what may be paid for a request before it is sent to a peer, by address or id. Throws `RefusedError` when
   * nothing may be, and `ProviderUnreachableError` for a peer whose price is not known and that cannot be asked.
   */
  plan(peer: string, request: GenerateRequest, route: RouteOptions, signal: AbortSignal): Promise<AskerPlan>
}

/** One request to one peer as its asker's books see it. */
export interface AskerPlan {
  /** Micro-credits for 1,000 tokens, at most. */
  pricePerKiloToken: number
  /** Most tokens that the answer may have. Absent: as many as the request says. */
  maxTokens?: number
  /** The provider has taken the request. Throws `RefusedError` when it wants more than what was agreed to. */
  open(parties: JobParties): AskerJob
  /** The request is over, however it ended. */
  close(): void
}

/** The end of a job as its asker saw it. */
export interface JobEnd {
  receipt: Uint8Array
  /** Delivered, as the asker counted them. */
  tokens: number
  model: AcceptedEvent['model']
  usage: EndEvent['usage']
  /** More tokens than that cannot have been made of the request. */
  maxPromptTokens: number
  /** From `accepted` to the first token, by the asker's clock. */
  firstTokenAfterMs: number
}

/** One job as its asker keeps it. */
export interface AskerJob {
  /** Signs that so many tokens have come in all. */
  acknowledge(tokens: number): Promise<Uint8Array>
  /** Checks the receipt, and signs it; nothing when it is not true, which the books note. */
  settle(end: JobEnd): Promise<Uint8Array | undefined>
  /** Writes down what is not yet: so many tokens have come in all, and about so many of the prompt were read for them. */
  close(tokens: number, readTokens: number): void
}
