import { createHash } from 'node:crypto'
import {
  type AcceptedEvent,
  type EmbedRequest,
  type EngineEvent,
  type GenerateRequest,
  messageText,
  type P2paiError,
  type ProgressEvent,
  type ProgressPhase,
  type RerankRequest,
  type ScoreRequest
} from '../../interface/index.ts'
import type { ChildEnd, ChildScore, ChildValues } from './ipc.ts'

/** One piece of work on the parent's side; `End` is what it comes to. */
export abstract class WorkJob<End> {
  readonly id: number
  /** Gives the asker what comes before the result. */
  readonly tell: (event: AcceptedEvent | ProgressEvent) => void
  /** True once `accepted` was given; nothing may come before it. */
  accepted = false
  /** The life of the process that has this request prepared; -1 when none has. */
  preparedIn = -1
  /** Given to the process, which is told when the reader leaves. */
  sent = false
  /** The process has begun with it, so that a crash is its end. */
  active = false
  /** Of the tokens that `untilPrepared` gave, those of an answer begun elsewhere. */
  resumedTokens = 0
  /** Requests that were ahead when it came. */
  queuePosition = 0
  #prepared: PromiseWithResolvers<number | undefined> | undefined
  #ended: PromiseWithResolvers<End> | undefined

  constructor(id: number, tell: (event: AcceptedEvent | ProgressEvent) => void) {
    this.id = id
    this.tell = tell
  }

  /** Waits for `prepared`; gives the tokens of the prompt, or undefined when the process died before it began. */
  async untilPrepared(): Promise<number | undefined> {
    this.sent = true
    this.#prepared = Promise.withResolvers()
    try {
      return await this.#prepared.promise
    } finally {
      this.sent = false
      this.active = false
    }
  }

  /** Waits for `ended`. */
  async untilEnded(): Promise<End> {
    this.sent = true
    this.active = true
    this.#ended = Promise.withResolvers()
    return await this.#ended.promise
  }

  prepared({ promptTokens, resumedTokens }: { promptTokens: number; resumedTokens: number }): void {
    this.resumedTokens = resumedTokens
    this.#prepared?.resolve(promptTokens)
  }

  /** The process died without having seen this request. */
  untouched(): void {
    this.#prepared?.resolve(undefined)
  }

  ended(end: End): void {
    this.#ended?.resolve(end)
  }

  fail(error: P2paiError): void {
    this.#prepared?.reject(error)
    this.#ended?.reject(error)
  }

  /** Sends a sign of life, if the reader may have one. */
  progress({ phase, done, total }: { phase: ProgressPhase; done: number; total: number }): void {
    if (this.accepted) this.tell({ type: 'progress', phase, done, total })
  }

  /** The process has begun with it. */
  begun(): void {
    this.active = true
  }

  /** A hash of what was asked, by which a request is known again after it crashed an engine. */
  fingerprint(): string {
    return createHash('sha256').update(JSON.stringify(this.content())).digest('hex')
  }

  /** What was asked, as far as it may be what crashes an engine. */
  protected abstract content(): unknown
}

/** One prompt. */
export class Job extends WorkJob<ChildEnd> {
  readonly request: GenerateRequest
  readonly push: (event: EngineEvent) => void

  constructor(id: number, request: GenerateRequest, push: (event: EngineEvent) => void) {
    super(id, push)
    this.request = request
    this.push = push
  }

  protected content(): unknown {
    const { messages, responseFormat, sampling, tools, toolChoice } = this.request
    const said = messages.map(message => [message.role, messageText(message), message.toolCalls])
    return [said, responseFormat, sampling, tools, toolChoice]
  }
}

/** One answer to be scored. */
export class ScoreJob extends WorkJob<ChildScore> {
  readonly request: ScoreRequest

  constructor(id: number, request: ScoreRequest, tell: (event: AcceptedEvent | ProgressEvent) => void) {
    super(id, tell)
    this.request = request
  }

  protected content(): unknown {
    const { messages, answer } = this.request
    return [messages.map(message => [message.role, messageText(message)]), answer.text, answer.tokenIds]
  }
}

/** One request for vectors or ranks. */
export class TextJob extends WorkJob<ChildValues> {
  readonly request: EmbedRequest | RerankRequest

  constructor(id: number, request: EmbedRequest | RerankRequest, tell: (event: AcceptedEvent | ProgressEvent) => void) {
    super(id, tell)
    this.request = request
  }

  protected content(): unknown {
    const { model: _, deadlineMs: __, ...texts } = this.request
    return texts
  }
}
