import {
  canDo,
  cannotDo,
  EngineCrashedError,
  type EngineStatus,
  EngineStoppedError,
  errorFromCode,
  InternalError,
  type ModelFeatures,
  type ModelInfo,
  ModelNotFoundError,
  type ModelTask,
  type P2paiError,
  type Standing,
  servesModel,
  throwIfAborted,
  toP2paiError
} from '../../interface/index.ts'
import { FairQueue } from '../fair-queue.ts'
import { type LlamaEngineInit, MAX_SLOTS } from './init.ts'
import type { FromChild, LoadOptions } from './ipc.ts'
import type { Job, ScoreJob, TextJob } from './job.ts'
import { JobBook } from './job-book.ts'
import { contextRoom, memoryNeeds } from './memory-needs.ts'
import { type ModelFile, recheckModelFile } from './model-file.ts'
import { cleanModelName, modelNameOf, quantizationOf } from './model-name.ts'
import type { ModelStore } from './model-store.ts'
import { Supervisor } from './supervisor.ts'

/** What a model is served with. */
export interface ModelProcessInit {
  init: LlamaEngineInit
  file: ModelFile
  store: ModelStore
  quarantined: boolean
  features: ModelFeatures
  slots: number
  /** Most tokens of a request, if they fit. */
  contextSizeTokens: number
}

/** One model in a process of its own, whatever is asked of it: its name and state, its queue, its jobs. */
export abstract class ModelProcess {
  readonly kind = 'llama'
  protected readonly file: ModelFile
  protected readonly queue: FairQueue
  protected readonly supervisor: Supervisor
  protected readonly jobs = new JobBook()
  readonly #init: LlamaEngineInit
  readonly #features: ModelFeatures
  readonly #name: string
  readonly #quantization: string
  readonly #slots: number
  readonly #contextCap: number
  readonly #listeners = new Set<() => void>()
  #nextId = 1
  #closed = false
  #wasFull = false
  #sharing = 1
  #loaders = 0
  #signsOfLife = 0

  constructor({ init, file, store, quarantined, features, slots, contextSizeTokens }: ModelProcessInit) {
    this.#init = init
    this.file = file
    this.#features = features
    this.#slots = slots
    this.#contextCap = contextSizeTokens
    this.#name = init.name === undefined ? modelNameOf(file.header, file.path) : cleanModelName(init.name)
    this.#quantization = quantizationOf(file.header, file.path)
    this.queue = new FairQueue({ capacity: 0, slots: this.#slots })
    this.supervisor = new Supervisor(
      {
        prepareLoad: () => this.#loadOptions(),
        onMessage: message => {
          if (message.type === 'beat') this.#signsOfLife++
          this.jobs.receive(message)
          if (message.type === 'loaded' && this.#sharing > 1) this.shareThreads(this.#sharing)
          this.onMessage(message)
        },
        onStateChange: () => this.#stateChanged(),
        onCrash: error => {
          this.queue.setCapacity(0)
          return this.jobs.crash(error)
        },
        onUnusable: error => this.queue.fail(error),
        onQuarantine: () => {
          store
            .update(state => {
              state.quarantine[file.digest] = Date.now()
            })
            .catch(error => this.log('warn', 'engine:state-not-saved', { reason: String(error) }))
        },
        log: (level, event, fields) => this.log(level, event, fields)
      },
      quarantined
    )
  }

  get info(): ModelInfo {
    const { report, beat, state } = this.supervisor
    return {
      name: this.#name,
      digest: this.file.digest,
      state,
      contextSizeTokens: report?.contextSizeTokens ?? this.#contextCap,
      sizeBytes: this.file.sizeBytes,
      parameterCount: this.file.header.parameterCount,
      quantization: this.#quantization,
      features: this.#features,
      builtIn: this.#init.builtIn ?? false,
      prefillTokensPerSecond: beat?.prefillTokensPerSecond ?? 0,
      decodeTokensPerSecond: beat?.decodeTokensPerSecond || (report?.decodeTokensPerSecond ?? 0),
      loadMs: report?.loadMs ?? this.file.loadMs
    }
  }

  get hardware(): string {
    return this.supervisor.report?.hardware ?? ''
  }

  get memoryDecision(): string {
    return this.supervisor.report?.memoryDecision ?? ''
  }

  get threads(): number {
    return this.supervisor.report?.threads ?? 0
  }

  get processId(): number | undefined {
    return this.supervisor.processId
  }

  async models(): Promise<ModelInfo[]> {
    return [this.info]
  }

  status(): EngineStatus[] {
    const { state, restarts, beat, report } = this.supervisor
    return [
      {
        model: this.#name,
        digest: this.file.digest,
        state,
        slots: { total: report?.slots ?? this.#slots, busy: this.queue.busy },
        queued: this.queue.queued,
        queuedMs: Math.round(this.queue.queuedMs),
        waitMs: this.queue.waitMs,
        restarts,
        rssBytes: beat?.rssBytes ?? 0,
        hardware: this.hardware
      }
    ]
  }

  useStanding(standing: Standing): void {
    this.queue.useStanding(standing)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get loadPercent(): number {
    return this.supervisor.state === 'loading' ? Math.max(0, this.supervisor.beat?.loadPercent ?? 0) : 0
  }

  get signsOfLife(): number | undefined {
    return this.supervisor.beat && this.#signsOfLife
  }

  get failure(): P2paiError | undefined {
    return this.supervisor.error
  }

  async load(signal?: AbortSignal, now = false): Promise<void> {
    throwIfAborted(signal)
    this.supervisor.ensure(now)
    this.#loaders++
    try {
      await this.#untilWarm(signal)
    } finally {
      this.#loaders--
    }
  }

  async unload(): Promise<boolean> {
    if (this.jobs.size > 0 || this.#loaders > 0 || this.supervisor.starting) return false
    await this.supervisor.unload()
    return true
  }

  async contextRoom(freedBytes: number): Promise<number> {
    // What a GPU leaves to the machine is known when the library has placed the layers.
    if (this.hardware !== '' && !this.hardware.startsWith('cpu')) return Number.POSITIVE_INFINITY
    return contextRoom(await memoryNeeds(this.#size), freedBytes)
  }

  async checkFile(): Promise<void> {
    await recheckModelFile(this.file)
  }

  shareThreads(engines: number): void {
    this.#sharing = engines
    this.supervisor.send({ type: 'share', engines })
  }

  async #untilWarm(signal: AbortSignal | undefined): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        const { state, error, starting } = this.supervisor
        if (state !== 'warm' && (error === undefined || starting) && !signal?.aborted) return
        stop()
        signal?.removeEventListener('abort', settle)
        if (state === 'warm') resolve()
        else reject(signal?.aborted ? toP2paiError(signal.reason) : error)
      }
      const stop = this.onChange(settle)
      signal?.addEventListener('abort', settle)
      settle()
    })
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      const error = new EngineStoppedError('the engine was closed')
      this.queue.setCapacity(0)
      this.queue.fail(error)
      this.jobs.failAll(error)
    }
    await this.supervisor.close()
    this.#changed()
  }

  /** Tells the asker that its request was taken. */
  protected accept(job: Job | ScoreJob | TextJob, queuePosition: number): void {
    job.accepted = true
    job.queuePosition = queuePosition
    const { name, digest, contextSizeTokens } = this.info
    job.tell({ type: 'accepted', queuePosition, model: { name, digest }, contextSizeTokens })
  }

  /** Throws for a request that cannot be answered here, now or at all. */
  protected refuseUnusable(wanted: string, task: ModelTask): void {
    if (this.#closed) throw new EngineStoppedError('the engine was closed')
    if (!servesModel(wanted, this.info, task)) {
      const suggestions = [this.#name]
      throw new ModelNotFoundError(`no model ${JSON.stringify(wanted)}; there is ${this.#name}`, {
        details: { suggestions }
      })
    }
    if (!canDo(this.#features, task)) throw cannotDo(this.#name, task)
    const { state, error } = this.supervisor
    // A failed model answers at once, with the truth; the retry that this may start is for those who come later.
    this.supervisor.ensure()
    if (state === 'quarantined') throw error ?? new InternalError('the model is not usable')
    if (state === 'failed') throw asLoadFailure(error)
  }

  /** Throws for a request that was there when the process died, twice. */
  protected refuseBlamed(job: Job | ScoreJob | TextJob): void {
    const { ledger } = this.supervisor
    if (ledger.empty || !ledger.blames(job.fingerprint(), performance.now())) return
    throw new EngineCrashedError('this request was there when the engine crashed, twice, and is not tried on it again')
  }

  /** Hears everything that the process says, after the jobs have. */
  protected onMessage(message: FromChild): void {
    if (message.type !== 'beat') return
    this.jobs.passOn(message, { loading: this.supervisor.state === 'loading', queued: this.queue.queued })
  }

  /** A number for the next job. */
  protected nextId(): number {
    return this.#nextId++
  }

  async #loadOptions(): Promise<LoadOptions> {
    await recheckModelFile(this.file)
    const { gpu = 'auto', threads } = this.#init
    return {
      modelFile: this.file.path,
      ...this.#size,
      gpu,
      ...(threads !== undefined && { threads: clamp(threads, 1, MAX_SLOTS) }),
      ...(this.supervisor.report && { calibration: this.supervisor.report.calibration })
    }
  }

  /** What decides how much memory it takes. */
  get #size(): Pick<LoadOptions, 'header' | 'weightsBytes' | 'contextSizeTokens' | 'slots'> {
    const { header, sizeBytes: weightsBytes } = this.file
    return { header, weightsBytes, contextSizeTokens: this.#contextCap, slots: this.#slots }
  }

  #stateChanged(): void {
    const { state, report } = this.supervisor
    this.queue.setCapacity(state === 'warm' && !this.#closed ? (report?.slots ?? 0) : 0)
    this.#changed()
  }

  /** Full and free again are news; every single slot is not. */
  protected changedWhenFull(): void {
    const full = this.queue.busy >= (this.supervisor.report?.slots ?? this.#slots)
    if (full === this.#wasFull) return
    this.#wasFull = full
    this.#changed()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  protected log(level: 'info' | 'warn' | 'error', event: string, fields: Record<string, unknown> = {}): void {
    this.#init.log?.(level, event, { model: this.#name, ...fields })
  }
}

/** The error of the last load, as a later request hears it. A pause after a crash says already what it is. */
function asLoadFailure(error: P2paiError = new InternalError('the model is not usable')): P2paiError {
  if (error.code === 'engine_crashed') return error
  return errorFromCode(error.code, `failed at load: ${error.message}`, error.details)
}

export function clamp(value: number, min: number, max: number): number {
  return Number.isFinite(value) ? Math.max(min, Math.min(max, Math.round(value))) : max
}
