import { randomBytes } from 'node:crypto'
import {
  ContextLengthExceededError,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type ModelInfo,
  type ProgressEvent,
  type RerankRequest,
  type RerankResult,
  requestBytes,
  roughTokens,
  type Standing,
  taskOf,
  utf8Bytes,
  validateEmbedRequest,
  validateRequest,
  validateRerankRequest
} from '../../interface/index.ts'
import type { QueueTicket } from '../fair-queue.ts'
import { chatBody } from './chat-body.ts'
import { type CompletionEnd, completion } from './completion.ts'
import { countTokens } from './count-tokens.ts'
import type { UpstreamEngine, UpstreamEngineInit } from './init.ts'
import { type Patience, untilAnswered } from './patience.ts'
import { KINDS } from './server-kind.ts'
import { UpstreamServer, type Work } from './upstream-server.ts'
import { embedTexts, rankDocuments, type VectorCall } from './vectors.ts'
import { TICK, withTicks } from './with-ticks.ts'

const FIRST_PIECE_MS = 300_000
const SILENCE_MS = 60_000
const PROGRESS_MS = 500

/** A server that speaks OpenAI's API, with our fair queue before it. */
export class OpenaiUpstreamEngine implements UpstreamEngine {
  readonly kind = 'openai-upstream'
  readonly #init: UpstreamEngineInit
  readonly #server: UpstreamServer

  constructor(init: UpstreamEngineInit) {
    this.#init = init
    this.#server = new UpstreamServer(init)
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    await this.#server.refresh(signal)
  }

  async models(): Promise<ModelInfo[]> {
    return this.#server.models()
  }

  status(): EngineStatus[] {
    return this.#server.status()
  }

  useStanding(standing: Standing): void {
    this.#server.useStanding(standing)
  }

  onChange(listener: () => void): () => void {
    return this.#server.onChange(listener)
  }

  async close(): Promise<void> {
    this.#server.close()
  }

  async *generate(given: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    const request = validateRequest(given)
    // Leaving the loop closes the connection too, and with it ends the server's work.
    const left = new AbortController()
    const work = this.#server.begin(request, taskOf(request), options, left.signal)
    try {
      yield* request.maxTokens === 0 ? this.#count(work, request) : this.#answer(work, request, options)
    } catch (error) {
      throw this.#server.failure(error)
    } finally {
      left.abort()
    }
  }

  async embed(given: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedResult> {
    const request = validateEmbedRequest(given)
    const work = this.#server.begin(request, 'embeddings', options)
    return await this.#vectors(work, request.inputs, options, call => embedTexts({ ...call, request }))
  }

  async rerank(given: RerankRequest, options: EmbedOptions = {}): Promise<RerankResult> {
    const request = validateRerankRequest(given)
    const work = this.#server.begin(request, 'rerank', options)
    const texts = [request.query, ...request.documents]
    return await this.#vectors(work, texts, options, call => rankDocuments({ ...call, request }))
  }

  async *#count(work: Work, request: GenerateRequest): AsyncGenerator<EngineEvent> {
    const { kind, model, signal } = work
    const promptTokens = await countTokens(this.#server.connection, kind, model.name, request, signal)
    refuseLong(promptTokens, model)
    yield { type: 'accepted', queuePosition: 0, ...toldOf(model) }
    const usage = { promptTokens, cachedPromptTokens: 0, completionTokens: 0 }
    yield { type: 'end', finishReason: 'length', usage, timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 } }
  }

  async *#answer(work: Work, request: GenerateRequest, options: GenerateOptions): AsyncGenerator<EngineEvent> {
    const { kind, model } = work
    const body = chatBody(model.name, request, kind, model.features)
    const promptTokens = roughTokens(requestBytes(request))
    // ollama cuts what is too long and does not say so, and no path of it counts tokens.
    if (kind === KINDS.ollama) refuseLong(promptTokens, model)
    const startedAtMs = performance.now()
    const ticket = this.#server.enter(work, options.tenant, promptTokens, request.maxTokens)
    try {
      yield { type: 'accepted', queuePosition: ticket.position, ...toldOf(model) }
      yield* this.#wait(ticket)
      const grantedAtMs = performance.now()
      const { reader, firstPieceAtMs } = yield* this.#complete(work, body, request)
      const finishReason = reader.finishReason()
      const usage = reader.usage(promptTokens)
      const prefillMs = Math.round(firstPieceAtMs - grantedAtMs)
      const decodeMs = Math.round(performance.now() - firstPieceAtMs)
      const readTokens = usage.promptTokens - usage.cachedPromptTokens
      this.#server.record(work, { readTokens, prefillMs, decodeTokens: usage.completionTokens, decodeMs })
      // Most readers leave at the end, and whoever waits need not wait for that.
      ticket.release()
      const timings = { queuedMs: Math.round(grantedAtMs - startedAtMs), prefillMs, decodeMs }
      yield { type: 'end', finishReason, usage, timings }
    } finally {
      ticket.release()
    }
  }

  /** The queue is in this process, so that its own clock may say that it lives. */
  async *#wait({ position, granted }: QueueTicket): AsyncGenerator<ProgressEvent> {
    const slot = (async function* () {
      yield await granted
    })()
    for await (const item of withTicks(slot, this.#patience.progressMs)) {
      if (item !== TICK) return
      yield { type: 'progress', phase: 'queued', done: position, total: 0 }
    }
  }

  async *#complete(
    { signal }: Work,
    body: object,
    { logprobs, maxTokens }: GenerateRequest
  ): AsyncGenerator<EngineEvent, CompletionEnd> {
    const { connection, liveness } = this.#server
    const answerId = randomBytes(6).toString('hex')
    const init = { connection, liveness, logprobs, answerId, patience: this.#patience, signal }
    try {
      return yield* completion({ ...init, body })
    } catch (error) {
      const fitting = fittingLimit(error, maxTokens)
      if (fitting === undefined) throw error
      // The limit is ours to clamp. The server refused before its first word, so that asking again repeats nothing.
      return yield* completion({ ...init, body: { ...body, max_tokens: fitting } })
    }
  }

  async #vectors<Answer extends object>(
    work: Work,
    texts: readonly string[],
    { tenant, onEvent }: EmbedOptions,
    ask: (call: Omit<VectorCall<never>, 'request'>) => Promise<Answer>
  ): Promise<Answer & Pick<EmbedResult, 'model'>> {
    const { kind, model, signal } = work
    const bytes = texts.reduce((sum, text) => sum + utf8Bytes(text), 0)
    const ticket = this.#server.enter(work, tenant, roughTokens(bytes), 0)
    try {
      onEvent?.({ type: 'accepted', queuePosition: ticket.position, ...toldOf(model) })
      for await (const waiting of this.#wait(ticket)) onEvent?.(waiting)
      const { connection, liveness } = this.#server
      const answering = ask({ connection, kind, model: model.name, signal })
      const answer = await untilAnswered(answering, this.#patience, () => {
        if (liveness.check()) onEvent?.({ type: 'progress', phase: 'prefill', done: 0, total: texts.length })
      })
      return { ...answer, model: { name: model.name, digest: model.digest } }
    } catch (error) {
      throw this.#server.failure(error)
    } finally {
      ticket.release()
    }
  }

  get #patience(): Patience {
    const { firstPieceMs = FIRST_PIECE_MS, silenceMs = SILENCE_MS, progressMs = PROGRESS_MS } = this.#init
    return { firstPieceMs, silenceMs, progressMs }
  }
}

function toldOf({ name, digest, contextSizeTokens }: ModelInfo) {
  return { model: { name, digest }, contextSizeTokens }
}

function refuseLong(promptTokens: number, { contextSizeTokens }: ModelInfo): void {
  if (promptTokens < contextSizeTokens) return
  throw new ContextLengthExceededError(
    `the prompt has about ${promptTokens} tokens, the context holds ${contextSizeTokens} with the answer`,
    { details: { promptTokens, contextSizeTokens } }
  )
}

/** What the context leaves for the answer, where the prompt fits and only the limit that was asked for does not. */
function fittingLimit(error: unknown, maxTokens: number | undefined): number | undefined {
  if (!(error instanceof ContextLengthExceededError) || maxTokens === undefined) return undefined
  const { promptTokens, contextSizeTokens } = error.details
  if (promptTokens === undefined || contextSizeTokens === undefined) return undefined
  const left = contextSizeTokens - promptTokens
  return left > 0 && left < maxTokens ? left : undefined
}
