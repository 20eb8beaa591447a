import { randomBytes } from 'node:crypto'
import {
  ContextLengthExceededError,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type EngineStatus,
  EngineStoppedError,
  type GenerateOptions,
  type GenerateRequest,
  type ModelInfo,
  ModelNotFoundError,
  matchesModel,
  nearestNames,
  P2paiError,
  type RerankRequest,
  type RerankResult,
  servesModel,
  throwIfAborted,
  toP2paiError,
  UnsupportedFeatureError,
  validateEmbedRequest,
  validateRequest,
  validateRerankRequest
} from '../../interface/index.ts'
import { FairQueue, type QueueTicket } from '../fair-queue.ts'
import { roughTokens, WorkEstimate } from '../llama/work-estimate.ts'
import { baseUrl } from './base-url.ts'
import { chatBody } from './chat-body.ts'
import { type CompletionEnd, completion } from './completion.ts'
import { ServerConnection } from './connection.ts'
import { countTokens } from './count-tokens.ts'
import { DEFAULT_UPSTREAM_SLOTS, type UpstreamEngine, type UpstreamEngineInit } from './init.ts'
import { Liveness } from './liveness.ts'
import { requestBytes } from './request-bytes.ts'
import { readServerFacts, type ServerFacts } from './server-facts.ts'
import { KINDS, type KindFacts } from './server-kind.ts'
import { ServerWatch } from './server-watch.ts'
import { Speeds } from './speeds.ts'
import { embedTexts, rankDocuments } from './vectors.ts'
import { TICK, withTicks } from './with-ticks.ts'

/** A request on its way to the server: what it is for, and how it ends. */
interface Work {
  kind: KindFacts
  model: ModelInfo
  signal: AbortSignal
}

/** A server that speaks OpenAI's API, with our fair queue before it. */
export class OpenaiUpstreamEngine implements UpstreamEngine {
  readonly kind = 'openai-upstream'
  readonly #init: UpstreamEngineInit
  readonly #connection: ServerConnection
  readonly #liveness: Liveness
  readonly #watch: ServerWatch
  readonly #queue: FairQueue
  readonly #work = new WorkEstimate()
  readonly #speeds = new Map<string, Speeds>()
  readonly #listeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #wasFull = false

  constructor(init: UpstreamEngineInit) {
    this.#init = init
    this.#connection = new ServerConnection({
      base: baseUrl(init.url),
      key: init.key,
      onBytes: () => this.#liveness.heard()
    })
    this.#liveness = new Liveness(signal => this.#connection.isUp(this.#kind.healthPath, signal))
    this.#queue = new FairQueue({ capacity: init.slots ?? DEFAULT_UPSTREAM_SLOTS })
    this.#watch = new ServerWatch({
      look: signal => this.#look(signal),
      refreshMs: init.refreshMs ?? 30_000,
      onChange: () => this.#changed(),
      onTurn: (error, facts) => this.#sayTurn(error, facts)
    })
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    await this.#watch.look()
    throwIfAborted(signal)
    if (this.#watch.error !== undefined) throw this.#watch.error
  }

  /** A server that is away has its models `failed`: they are not advertised, and `status` shows them. */
  async models(): Promise<ModelInfo[]> {
    const state = this.#watch.error === undefined && !this.#closing.signal.aborted ? 'warm' : 'failed'
    return (this.#watch.facts?.models ?? []).map(model => {
      const { prefill = 0, decode = 0 } = this.#speeds.get(model.name) ?? {}
      return { ...model, state, prefillTokensPerSecond: prefill, decodeTokensPerSecond: decode }
    })
  }

  /** The slots are those of the server, so all of its models show the same ones. */
  status(): EngineStatus[] {
    const { error, facts } = this.#watch
    const state = error === undefined && !this.#closing.signal.aborted ? 'warm' : 'failed'
    const slots = { total: this.#queue.slots, busy: this.#queue.busy }
    const queued = { queued: this.#queue.queued, queuedMs: Math.round(this.#queue.queuedMs) }
    const hardware = facts === undefined ? 'upstream' : `upstream ${facts.kind}`
    return (facts?.models ?? []).map(({ name, digest }) => {
      return { model: name, digest, state, slots, ...queued, restarts: 0, rssBytes: 0, hardware }
    })
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    const error = new EngineStoppedError('the engine was closed')
    this.#closing.abort(error)
    this.#watch.close()
    this.#queue.fail(error)
  }

  async *generate(given: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    const request = validateRequest(given)
    // Leaving the loop closes the connection too, and with it ends the server's work.
    const left = new AbortController()
    const work = this.#begin(request, model => servesModel(request.model, model), options, left.signal)
    const { name, digest, contextSizeTokens } = work.model
    const accepted = { type: 'accepted', model: { name, digest }, contextSizeTokens } as const
    if (request.maxTokens === 0) {
      const promptTokens = await this.#guard(work, () =>
        countTokens(this.#connection, work.kind, name, request, work.signal)
      )
      this.#refuseLong(promptTokens, work.model)
      yield { ...accepted, queuePosition: 0 }
      const usage = { promptTokens, cachedPromptTokens: 0, completionTokens: 0 }
      yield { type: 'end', finishReason: 'length', usage, timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 } }
      return
    }
    const body = chatBody(name, request, work.kind, work.model.features)
    const promptTokens = roughTokens(requestBytes(request))
    // ollama cuts what is too long and does not say so, and no path of it counts tokens.
    if (work.kind === KINDS.ollama) this.#refuseLong(promptTokens, work.model)
    const startedAtMs = performance.now()
    const ticket = this.#enter(work, options.tenant, promptTokens, request.maxTokens)
    try {
      yield { ...accepted, queuePosition: ticket.position }
      yield* this.#wait(ticket)
      const grantedAtMs = performance.now()
      this.#changedWhenFull()
      const { reader, firstPieceAtMs } = yield* this.#complete(work, body, request)
      const finishReason = reader.finishReason()
      const usage = reader.usage(promptTokens)
      const prefillMs = Math.round(firstPieceAtMs - grantedAtMs)
      const decodeMs = Math.round(performance.now() - firstPieceAtMs)
      const { cachedPromptTokens, completionTokens } = usage
      const readTokens = usage.promptTokens - cachedPromptTokens
      this.#speedsOf(name).record({ readTokens, prefillMs, decodeTokens: completionTokens - 1, decodeMs })
      this.#work.record(completionTokens)
      ticket.release()
      const timings = { queuedMs: Math.round(grantedAtMs - startedAtMs), prefillMs, decodeMs }
      yield { type: 'end', finishReason, usage, timings }
    } catch (error) {
      throw this.#failure(error, work.signal)
    } finally {
      left.abort()
      ticket.release()
      this.#changedWhenFull()
    }
  }

  async embed(given: EmbedRequest, options: GenerateOptions = {}): Promise<EmbedResult> {
    const request = validateEmbedRequest(given)
    const work = this.#begin(request, model => servesVectors(request.model, model, 'embeddings'), options)
    return await this.#vectors(work, request.inputs, options, call => embedTexts({ ...call, request }))
  }

  async rerank(given: RerankRequest, options: GenerateOptions = {}): Promise<RerankResult> {
    const request = validateRerankRequest(given)
    const work = this.#begin(request, model => servesVectors(request.model, model, 'rerank'), options)
    return await this.#vectors(work, [request.query, ...request.documents], options, call =>
      rankDocuments({ ...call, request })
    )
  }

  get #kind(): KindFacts {
    return KINDS[this.#watch.facts?.kind ?? 'openai']
  }

  /** Finds the model and binds everything that can end the request into one signal. */
  #begin(
    request: { model: string; deadlineMs?: number },
    serves: (model: ModelInfo) => boolean,
    options: GenerateOptions,
    ...ends: AbortSignal[]
  ): Work {
    throwIfAborted(this.#closing.signal)
    throwIfAborted(options.signal)
    const models = this.#watch.facts?.models ?? []
    const model = models.find(serves)
    if (model === undefined) this.#refuseUnknown(request.model, models)
    if (this.#watch.error !== undefined) throw this.#watch.error
    const deadline = request.deadlineMs === undefined ? [] : [AbortSignal.timeout(request.deadlineMs)]
    const given = options.signal === undefined ? [] : [options.signal]
    return { kind: this.#kind, model, signal: AbortSignal.any([this.#closing.signal, ...given, ...deadline, ...ends]) }
  }

  #refuseUnknown(wanted: string, models: readonly ModelInfo[]): never {
    const known = models.find(model => matchesModel(wanted, model))
    if (known !== undefined) {
      throw new UnsupportedFeatureError(`${known.name} does not do that`, { details: { field: 'model' } })
    }
    const suggestions = nearestNames(
      wanted,
      models.map(({ name }) => name)
    )
    const hint = suggestions.length === 0 ? 'there are no models here' : `there is ${suggestions.join(', ')}`
    throw new ModelNotFoundError(`no model ${JSON.stringify(wanted)}; ${hint}`, { details: { suggestions } })
  }

  #enter({ model, signal }: Work, tenant = 'local', promptTokens: number, maxTokens: number | undefined): QueueTicket {
    const { prefill, decode } = this.#speedsOf(model.name)
    const workMs = this.#work.workMs({
      promptTokens,
      maxTokens,
      prefillTokensPerSecond: prefill,
      decodeTokensPerSecond: decode
    })
    return this.#queue.enter({ tenant, workMs, signal })
  }

  /** The queue is in this process, so that its own clock may say that it lives. */
  async *#wait({ position, granted }: QueueTicket): AsyncGenerator<EngineEvent> {
    const slot = (async function* () {
      yield await granted
    })()
    for await (const item of withTicks(slot, this.#init.progressMs ?? 500)) {
      if (item !== TICK) return
      yield { type: 'progress', phase: 'queued', done: position, total: 0 }
    }
  }

  async *#complete(work: Work, body: object, request: GenerateRequest): AsyncGenerator<EngineEvent, CompletionEnd> {
    const { firstPieceMs = 300_000, silenceMs = 60_000, progressMs = 500 } = this.#init
    const init = {
      connection: this.#connection,
      liveness: this.#liveness,
      logprobs: request.logprobs,
      answerId: randomBytes(6).toString('hex'),
      patience: { firstPieceMs, silenceMs, progressMs },
      signal: work.signal
    }
    try {
      return yield* completion({ ...init, body })
    } catch (error) {
      const fitting = fittingLimit(error, request.maxTokens)
      if (fitting === undefined) throw error
      // The limit is ours to clamp. The server refused before its first word, so that asking again repeats nothing.
      return yield* completion({ ...init, body: { ...body, max_tokens: fitting } })
    }
  }

  async #vectors<Answer extends object>(
    work: Work,
    texts: readonly string[],
    options: GenerateOptions,
    ask: (call: {
      connection: ServerConnection
      kind: KindFacts
      model: string
      signal: AbortSignal
    }) => Promise<Answer>
  ): Promise<Answer & { model: { name: string; digest: string } }> {
    const { kind, model, signal } = work
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0)
    const ticket = this.#enter(work, options.tenant, roughTokens(bytes), 0)
    try {
      await ticket.granted
      const answer = await this.#guard(work, () =>
        ask({ connection: this.#connection, kind, model: model.name, signal })
      )
      return { ...answer, model: { name: model.name, digest: model.digest } }
    } finally {
      ticket.release()
    }
  }

  async #guard<Value>({ signal }: Work, run: () => Promise<Value>): Promise<Value> {
    try {
      return await run()
    } catch (error) {
      throw this.#failure(error, signal)
    }
  }

  /** A server that is gone is not offered to the next one who asks. */
  #failure(error: unknown, signal: AbortSignal): P2paiError {
    const failure = signal.aborted && !(error instanceof P2paiError) ? toP2paiError(signal.reason) : toP2paiError(error)
    if (failure.code === 'engine_stopped' && !this.#closing.signal.aborted) this.#watch.failed(failure)
    return failure
  }

  #refuseLong(promptTokens: number, { contextSizeTokens }: ModelInfo): void {
    if (promptTokens < contextSizeTokens) return
    throw new ContextLengthExceededError(
      `the prompt has about ${promptTokens} tokens, the context holds ${contextSizeTokens} with the answer`,
      { details: { promptTokens, contextSizeTokens } }
    )
  }

  async #look(signal: AbortSignal): Promise<ServerFacts> {
    const { models = [], contextSizeTokens, features = [] } = this.#init
    const isWanted = (name: string) =>
      models.length === 0 || models.some(wanted => matchesModel(wanted, { name, digest: '' }))
    const facts = await readServerFacts(this.#connection, { isWanted, contextSizeTokens, features, signal })
    const slots = this.#init.slots ?? facts.slots ?? DEFAULT_UPSTREAM_SLOTS
    this.#queue.slots = slots
    this.#queue.setCapacity(slots)
    return facts
  }

  #sayTurn(error: P2paiError | undefined, facts: ServerFacts | undefined): void {
    const { log, url } = this.#init
    if (error !== undefined) {
      log?.('warn', 'upstream:away', { url, reason: error.message })
      return
    }
    const { kind, models = [], leftOut = 0 } = facts ?? {}
    log?.('info', 'upstream:there', { url, kind, models: models.length })
    if (leftOut > 0) log?.('warn', 'upstream:models-left-out', { leftOut, hint: 'choose them with --model' })
  }

  #speedsOf(name: string): Speeds {
    const speeds = this.#speeds.get(name) ?? new Speeds()
    this.#speeds.set(name, speeds)
    return speeds
  }

  #changedWhenFull(): void {
    const isFull = this.#queue.busy >= this.#queue.slots
    if (isFull === this.#wasFull) return
    this.#wasFull = isFull
    this.#changed()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

function servesVectors(wanted: string, model: ModelInfo, feature: 'embeddings' | 'rerank'): boolean {
  return model.features[feature] === true && matchesModel(wanted, model)
}

/** What the context leaves for the answer, where the prompt fits and only the limit that was asked for does not. */
function fittingLimit(error: unknown, maxTokens: number | undefined): number | undefined {
  if (!(error instanceof ContextLengthExceededError) || maxTokens === undefined) return undefined
  const { promptTokens, contextSizeTokens } = error.details
  if (promptTokens === undefined || contextSizeTokens === undefined) return undefined
  const left = contextSizeTokens - promptTokens
  return left > 0 && left < maxTokens ? left : undefined
}
