import {
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type EngineStatus,
  EngineStoppedError,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  type P2paiError,
  type Quote,
  type QuoteRequest,
  quoteOf,
  type RerankRequest,
  type RerankResult,
  type ScoreOptions,
  type ScoreRequest,
  type ScoreResult,
  type Standing
} from '../../interface/index.ts'
import type { LoadableEngine } from '../llama/init.ts'
import { LoadWait, type Starter } from './load-wait.ts'

/** What an engine is managed with. */
export interface ManagedEngineInit {
  engine: LoadableEngine
  /** Idle for this long, in milliseconds, it leaves the memory; `Infinity`: never. */
  keepAliveMs: number
  /** Takes the model into memory, and makes room for it. */
  start: (managed: ManagedEngine) => Promise<void>
  /** Work has begun or ended. */
  onWork: () => void
  /** Its time is over. */
  onIdle: (managed: ManagedEngine) => void
}

/** One engine whose model comes and goes: counts its work, knows when it was used last, and loads before it answers. */
export class ManagedEngine implements InferenceEngine {
  readonly kind: string
  readonly engine: LoadableEngine
  readonly #init: ManagedEngineInit
  readonly #listeners = new Set<() => void>()
  readonly #stop: () => void
  #keepAliveMs: number
  #working = 0
  #usedAtMs = performance.now()
  #timer: NodeJS.Timeout | undefined
  #expiresAtMs: number | undefined
  #withdrawn: P2paiError | undefined
  /** Taking the model into memory, shared by all who wait for it. */
  starting: Promise<void> | undefined

  constructor(init: ManagedEngineInit) {
    this.#init = init
    this.engine = init.engine
    this.#keepAliveMs = init.keepAliveMs
    this.kind = init.engine.kind
    this.#stop =
      init.engine.onChange?.(() => {
        this.#watchIdle()
        this.#changed()
      }) ?? (() => undefined)
  }

  get info(): ModelInfo {
    const { info } = this.engine
    return this.#withdrawn === undefined || info.state === 'quarantined' ? info : { ...info, state: 'failed' }
  }

  /** Requests that are not at their end. */
  get working(): number {
    return this.#working
  }

  /** On the clock of `performance.now()`. */
  get usedAtMs(): number {
    return this.#usedAtMs
  }

  /** Holds memory, loading counted. */
  get inMemory(): boolean {
    return this.engine.processId !== undefined
  }

  /** Bytes that its process holds. */
  get memoryBytes(): number {
    return this.engine.status()[0]?.rssBytes ?? 0
  }

  /** Why it is served no more, file and memory aside; undefined again when that has passed. */
  get withdrawn(): P2paiError | undefined {
    return this.#withdrawn
  }

  set withdrawn(problem: P2paiError | undefined) {
    if ((problem === undefined) === (this.#withdrawn === undefined)) return
    this.#withdrawn = problem
    this.#changed()
  }

  async models(): Promise<ModelInfo[]> {
    return [this.info]
  }

  status(): EngineStatus[] {
    const { state } = this.info
    const expiresAtMs = this.#expiresAtMs
    return this.engine.status().map(status => ({ ...status, state, ...(expiresAtMs !== undefined && { expiresAtMs }) }))
  }

  async *generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    using _work = this.#work(request.keepAliveMs)
    const wait = new LoadWait(this.#starter, request.deadlineMs)
    yield* wait.events(options.signal)
    for await (const event of this.engine.generate(wait.remaining(request), options)) {
      // The asker was told already that its request is taken.
      if (event.type !== 'accepted' || !wait.told) yield event
    }
  }

  async embed(request: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedResult> {
    return await this.#compute(request, options, async (engine, left) => await engine.embed!(left, options))
  }

  async rerank(request: RerankRequest, options: EmbedOptions = {}): Promise<RerankResult> {
    return await this.#compute(request, options, async (engine, left) => await engine.rerank!(left, options))
  }

  async score(request: ScoreRequest, options: ScoreOptions = {}): Promise<ScoreResult> {
    return await this.#compute(request, options, async (engine, left) => await engine.score!(left, options))
  }

  async quote(request: QuoteRequest, options: GenerateOptions = {}): Promise<Quote> {
    const { info: model, engine } = this
    if (engine.quote !== undefined && this.#withdrawn === undefined) return await engine.quote(request, options)
    const [status] = this.status()
    return quoteOf(request, { model, ...(status && { status }) })
  }

  useStanding(standing: Standing): void {
    this.engine.useStanding?.(standing)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop()
    this.#withdrawn ??= new EngineStoppedError('the engine was closed')
    await this.engine.close()
  }

  async #compute<R extends { deadlineMs?: number; keepAliveMs?: number }, T>(
    request: R,
    options: EmbedOptions,
    call: (engine: LoadableEngine, request: R) => Promise<T>
  ): Promise<T> {
    using _work = this.#work(request.keepAliveMs)
    const wait = new LoadWait(this.#starter, request.deadlineMs)
    for await (const event of wait.events(options.signal)) options.onEvent?.(event)
    return await call(this.engine, wait.remaining(request))
  }

  /** What a request waits for before the engine can be asked; undefined when it need not. */
  readonly #starter: Starter = {
    accepted: () => {
      const { name, digest, contextSizeTokens } = this.engine.info
      return { type: 'accepted', queuePosition: 0, model: { name, digest }, contextSizeTokens }
    },
    percent: () => this.engine.loadPercent,
    signs: () => this.engine.signsOfLife,
    start: () => {
      if (this.#withdrawn !== undefined) throw this.#withdrawn
      return this.starting ?? (this.#mustStart() ? this.#init.start(this) : undefined)
    }
  }

  #mustStart(): boolean {
    const { state } = this.engine.info
    // What failed for want of memory may fit when others leave; whatever else failed, the engine says itself.
    return state === 'cold' || (state === 'failed' && this.engine.failure?.code === 'insufficient_memory')
  }

  /** One request at work. `keepAliveMs` holds from now on. */
  #work(keepAliveMs?: number): Disposable {
    if (this.#withdrawn !== undefined) throw this.#withdrawn
    if (keepAliveMs !== undefined) this.#keepAliveMs = Math.max(0, keepAliveMs)
    this.#working++
    this.#watchIdle()
    if (this.#working === 1) this.#init.onWork()
    return {
      [Symbol.dispose]: () => {
        this.#working--
        this.#usedAtMs = performance.now()
        this.#watchIdle()
        if (this.#working === 0) this.#init.onWork()
      }
    }
  }

  /** Starts the time of an idle model that is in memory, or stops it. */
  #watchIdle(): void {
    const keepAliveMs = this.#keepAliveMs
    const counts = this.#working === 0 && this.engine.info.state === 'warm' && keepAliveMs !== Number.POSITIVE_INFINITY
    if (counts === (this.#timer !== undefined)) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#expiresAtMs = undefined
    if (!counts) return
    this.#expiresAtMs = Date.now() + keepAliveMs
    this.#timer = setTimeout(() => this.#expired(), keepAliveMs).unref()
  }

  #expired(): void {
    this.#timer = undefined
    this.#expiresAtMs = undefined
    this.#init.onIdle(this)
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
