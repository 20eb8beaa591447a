import {
  canDo,
  cannotDo,
  type EngineStatus,
  EngineStoppedError,
  type GenerateOptions,
  type ModelInfo,
  ModelNotFoundError,
  type ModelTask,
  matchesModel,
  nearestNames,
  type P2paiError,
  type Standing,
  servesModel,
  throwIfAborted,
  timeLimit,
  toP2paiError
} from '../../interface/index.ts'
import { FairQueue, type QueueTicket } from '../fair-queue.ts'
import { WorkEstimate } from '../llama/work-estimate.ts'
import { baseUrl } from './base-url.ts'
import { ServerConnection } from './connection.ts'
import { DEFAULT_UPSTREAM_SLOTS, type UpstreamEngineInit } from './init.ts'
import { Liveness } from './liveness.ts'
import { readServerFacts, type ServerFacts } from './server-facts.ts'
import { KINDS, type KindFacts } from './server-kind.ts'
import { ServerWatch } from './server-watch.ts'
import { type MeasuredAnswer, Speeds } from './speeds.ts'

/** Models come and go seldom. */
const REFRESH_MS = 30_000

/** A request on its way to the server. */
export interface Work {
  kind: KindFacts
  model: ModelInfo
  /** Fires at whatever ends the request. */
  signal: AbortSignal
}

/** The server as this machine knows it: what it has, whether it is there, how busy it is, and who waits for it. */
export class UpstreamServer {
  readonly connection: ServerConnection
  readonly liveness: Liveness
  readonly #init: UpstreamEngineInit
  readonly #watch: ServerWatch
  readonly #queue: FairQueue
  readonly #work = new WorkEstimate()
  readonly #speeds = new Map<string, Speeds>()
  readonly #listeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #wasFull = false

  constructor(init: UpstreamEngineInit) {
    this.#init = init
    this.connection = new ServerConnection({
      base: baseUrl(init.url),
      key: init.key,
      onBytes: () => this.liveness.heard()
    })
    this.liveness = new Liveness(signal => this.connection.isUp(this.#kind.healthPath, signal))
    this.#queue = new FairQueue({ capacity: init.slots ?? DEFAULT_UPSTREAM_SLOTS })
    this.#watch = new ServerWatch({
      look: signal => this.#look(signal),
      refreshMs: init.refreshMs ?? REFRESH_MS,
      onChange: () => this.#changed(),
      onTurn: (error, facts) => this.#sayTurn(error, facts)
    })
  }

  /** Looks now. Throws what is wrong with the server. */
  async refresh(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    await orAborted(this.#watch.look(), signal)
    if (this.#watch.error !== undefined) throw this.#watch.error
  }

  /** A server that is away has its models `failed`: they are not advertised, and `status` shows them. */
  models(): ModelInfo[] {
    return this.#models.map(model => {
      const { prefill, decode } = this.#speedsOf(model)
      return { ...model, state: this.#state, prefillTokensPerSecond: prefill, decodeTokensPerSecond: decode }
    })
  }

  /** The slots are those of the server, so all of its models show the same ones. */
  status(): EngineStatus[] {
    const { busy, queued, queuedMs, slots } = this.#queue
    const hardware = `upstream ${this.#watch.facts?.kind ?? ''}`.trim()
    const shared = { slots: { total: slots, busy }, queued, queuedMs: Math.round(queuedMs), restarts: 0, rssBytes: 0 }
    return this.#models.map(({ name, digest }) => ({ model: name, digest, state: this.#state, ...shared, hardware }))
  }

  useStanding(standing: Standing): void {
    this.#queue.useStanding(standing)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    const error = new EngineStoppedError('the engine was closed')
    this.#closing.abort(error)
    this.#watch.close()
    this.#queue.fail(error)
  }

  /** Finds the model for a request, and binds all that can end it into one signal. Throws what keeps it from beginning. */
  begin(
    request: { model: string; deadlineMs?: number },
    task: ModelTask,
    options: GenerateOptions,
    ...ends: AbortSignal[]
  ): Work {
    throwIfAborted(this.#closing.signal)
    throwIfAborted(options.signal)
    const model = this.#find(request.model, task)
    if (this.#watch.error !== undefined) throw this.#watch.error
    if (request.deadlineMs !== undefined) ends.push(timeLimit(request.deadlineMs))
    if (options.signal !== undefined) ends.push(options.signal)
    return { kind: this.#kind, model, signal: AbortSignal.any([this.#closing.signal, ...ends]) }
  }

  /** Takes a place in the queue. Throws `BusyError`. */
  enter({ model, signal }: Work, tenant = 'local', promptTokens: number, maxTokens: number | undefined): QueueTicket {
    const { prefill: prefillTokensPerSecond, decode: decodeTokensPerSecond } = this.#speedsOf(model)
    const workMs = this.#work.workMs({ promptTokens, maxTokens, prefillTokensPerSecond, decodeTokensPerSecond })
    const ticket = this.#queue.enter({ tenant, workMs, signal })
    ticket.granted.then(
      () => this.#changedWhenFull(),
      () => undefined
    )
    const release = () => {
      ticket.release()
      this.#changedWhenFull()
    }
    return { position: ticket.position, granted: ticket.granted, release }
  }

  /** Learns from an answer how fast the model is. */
  record({ model }: Work, answer: MeasuredAnswer): void {
    this.#speedsOf(model).record(answer)
    this.#work.record(answer.decodeTokens)
  }

  /** A failure as the asker hears it. A server that is gone is not offered to the next one who asks. */
  failure(error: unknown): P2paiError {
    const failure = toP2paiError(error)
    if (failure.code === 'engine_stopped' && !this.#closing.signal.aborted) this.#watch.failed(failure)
    return failure
  }

  get #kind(): KindFacts {
    return KINDS[this.#watch.facts?.kind ?? 'openai']
  }

  get #models(): readonly ModelInfo[] {
    return this.#watch.facts?.models ?? []
  }

  get #state(): 'warm' | 'failed' {
    return this.#watch.error === undefined && !this.#closing.signal.aborted ? 'warm' : 'failed'
  }

  #find(wanted: string, task: ModelTask): ModelInfo {
    const meant = this.#models.filter(model => servesModel(wanted, model, task))
    const found = meant.find(({ features }) => canDo(features, task))
    if (found !== undefined) return found
    if (meant[0] !== undefined) throw cannotDo(meant[0].name, task)
    const names = this.#models.map(({ name }) => name)
    const suggestions = nearestNames(wanted, names)
    const hint = suggestions.length === 0 ? 'there are no models here' : `there is ${suggestions.join(', ')}`
    throw new ModelNotFoundError(`no model ${JSON.stringify(wanted)}; ${hint}`, { details: { suggestions } })
  }

  async #look(signal: AbortSignal): Promise<ServerFacts> {
    const { models = [], contextSizeTokens, features = [] } = this.#init
    const isWanted = (name: string) =>
      models.length === 0 || models.some(wanted => matchesModel(wanted, { name, digest: '' }))
    const facts = await readServerFacts(this.connection, { isWanted, contextSizeTokens, features, signal })
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

  #speedsOf({ name }: ModelInfo): Speeds {
    const speeds = this.#speeds.get(name) ?? new Speeds()
    this.#speeds.set(name, speeds)
    return speeds
  }

  /** Full and free again are news; every single slot is not. */
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

/** Waits no longer than until the signal fires; what was waited for goes on. */
async function orAborted(done: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const onAbort = () => aborted.reject(toP2paiError(signal?.reason))
  signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([done, aborted.promise])
  } finally {
    signal?.removeEventListener('abort', onAbort)
  }
}
