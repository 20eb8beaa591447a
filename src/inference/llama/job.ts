import { createHash } from 'node:crypto'
import {
  type EngineEvent,
  type GenerateRequest,
  messageText,
  type P2paiError,
  type ProgressPhase
} from '../../interface/index.ts'
import type { ChildEnd } from './ipc.ts'

/** One request on the parent's side. */
export class Job {
  readonly id: number
  readonly request: GenerateRequest
  readonly push: (event: EngineEvent) => void
  /** True once `accepted` was given; nothing may come before it. */
  accepted = false
  /** The life of the process that has this request prepared; -1 when none has. */
  preparedIn = -1
  /** Given to the process, which is told when the reader leaves. */
  sent = false
  /** The process has begun with it, so that a crash is its end. */
  active = false
  /** Requests that were ahead when it came. */
  queuePosition = 0
  #prepared: PromiseWithResolvers<number | undefined> | undefined
  #ended: PromiseWithResolvers<ChildEnd> | undefined

  constructor(id: number, request: GenerateRequest, push: (event: EngineEvent) => void) {
    this.id = id
    this.request = request
    this.push = push
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
  async untilEnded(): Promise<ChildEnd> {
    this.sent = true
    this.active = true
    this.#ended = Promise.withResolvers()
    return await this.#ended.promise
  }

  prepared(promptTokens: number): void {
    this.#prepared?.resolve(promptTokens)
  }

  /** The process died without having seen this request. */
  untouched(): void {
    this.#prepared?.resolve(undefined)
  }

  ended(end: ChildEnd): void {
    this.#ended?.resolve(end)
  }

  fail(error: P2paiError): void {
    this.#prepared?.reject(error)
    this.#ended?.reject(error)
  }

  /** Sends a sign of life, if the reader may have one. */
  progress({ phase, done, total }: { phase: ProgressPhase; done: number; total: number }): void {
    if (this.accepted) this.push({ type: 'progress', phase, done, total })
  }

  /** The process has begun with it. */
  begun(): void {
    this.active = true
  }

  /** A hash of what was asked, by which a request is known again after it crashed an engine. */
  fingerprint(): string {
    const { messages, responseFormat, sampling, tools, toolChoice } = this.request
    const said = messages.map(message => [message.role, messageText(message), message.toolCalls])
    const content = [said, responseFormat, sampling, tools, toolChoice]
    return createHash('sha256').update(JSON.stringify(content)).digest('hex')
  }
}
