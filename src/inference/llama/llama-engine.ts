import {
  EngineCrashedError,
  type EngineEvent,
  type EngineStatus,
  EngineStoppedError,
  errorFromCode,
  type GenerateOptions,
  type GenerateRequest,
  InternalError,
  MAX_LOGPROBS,
  type ModelInfo,
  ModelNotFoundError,
  type P2paiError,
  servesModel,
  throwIfAborted,
  toP2paiError
} from '../../interface/index.ts'
import { FairQueue, type QueueTicket } from '../fair-queue.ts'
import { checkRequest, requestBytes, toChildRequest } from './child-request.ts'
import { EventChannel } from './event-channel.ts'
import {
  DEFAULT_CONTEXT_TOKENS,
  DEFAULT_SLOTS,
  type LlamaEngine,
  type LlamaEngineInit,
  MAX_SLOTS,
  MIN_CONTEXT_TOKENS
} from './init.ts'
import type { FromChild, LoadOptions } from './ipc.ts'
import { Job } from './job.ts'
import { JobBook } from './job-book.ts'
import { type ModelFile, recheckModelFile } from './model-file.ts'
import { cleanModelName, modelNameOf, quantizationOf } from './model-name.ts'
import type { ModelStore } from './model-store.ts'
import { Supervisor } from './supervisor.ts'
import { roughTokens, WorkEstimate } from './work-estimate.ts'

/** The child rests a sequence beyond 256 unread tokens; told every 64, it never has to. */
const READ_REPORT_TOKENS = 64

/** The parent's half: queue, events and states; the model is in the child. */
export class LlamaChildEngine implements LlamaEngine {
  readonly kind = 'llama'
  readonly #init: LlamaEngineInit
  readonly #file: ModelFile
  readonly #name: string
  readonly #quantization: string
  readonly #slots: number
  readonly #contextCap: number
  readonly #queue: FairQueue
  readonly #supervisor: Supervisor
  readonly #jobs = new JobBook()
  readonly #listeners = new Set<() => void>()
  readonly #work = new WorkEstimate()
  #nextId = 1
  #closed = false
  #wasFull = false

  constructor(init: LlamaEngineInit, file: ModelFile, store: ModelStore, quarantined: boolean) {
    this.#init = init
    this.#file = file
    this.#name = init.name === undefined ? modelNameOf(file.header, file.path) : cleanModelName(init.name)
    this.#quantization = quantizationOf(file.header, file.path)
    this.#slots = clamp(init.slots ?? DEFAULT_SLOTS, 1, MAX_SLOTS)
    const trained = file.header.trainContextTokens || DEFAULT_CONTEXT_TOKENS
    this.#contextCap = clamp(init.contextSizeTokens ?? DEFAULT_CONTEXT_TOKENS, MIN_CONTEXT_TOKENS, trained)
    this.#queue = new FairQueue({ capacity: 0, slots: this.#slots })
    this.#supervisor = new Supervisor(
      {
        prepareLoad: () => this.#loadOptions(),
        onMessage: message => this.#receive(message),
        onStateChange: () => this.#stateChanged(),
        onCrash: error => {
          this.#queue.setCapacity(0)
          return this.#jobs.crash(error)
        },
        onUnusable: error => this.#queue.fail(error),
        onQuarantine: () => {
          store
            .update(state => {
              state.quarantine[file.digest] = Date.now()
            })
            .catch(error => this.#log('warn', 'engine:state-not-saved', { reason: String(error) }))
        },
        log: (level, event, fields) => this.#log(level, event, fields)
      },
      quarantined
    )
  }

  get info(): ModelInfo {
    const { report, beat, state } = this.#supervisor
    return {
      name: this.#name,
      digest: this.#file.digest,
      state,
      contextSizeTokens: report?.contextSizeTokens ?? this.#contextCap,
      sizeBytes: this.#file.sizeBytes,
      parameterCount: this.#file.header.parameterCount,
      quantization: this.#quantization,
      features: {
        chat: this.#file.chat,
        schema: true,
        logprobs: MAX_LOGPROBS,
        tools: this.#file.tools,
        resume: true,
        thoughts: this.#file.thoughts
      },
      builtIn: this.#init.builtIn ?? false,
      prefillTokensPerSecond: beat?.prefillTokensPerSecond ?? 0,
      decodeTokensPerSecond: beat?.decodeTokensPerSecond || (report?.decodeTokensPerSecond ?? 0),
      loadMs: report?.loadMs ?? this.#file.loadMs
    }
  }

  get hardware(): string {
    return this.#supervisor.report?.hardware ?? ''
  }

  get memoryDecision(): string {
    return this.#supervisor.report?.memoryDecision ?? ''
  }

  get threads(): number {
    return this.#supervisor.report?.threads ?? 0
  }

  get processId(): number | undefined {
    return this.#supervisor.processId
  }

  async models(): Promise<ModelInfo[]> {
    return [this.info]
  }

  status(): EngineStatus[] {
    const { state, restarts, beat, report } = this.#supervisor
    return [
      {
        model: this.#name,
        digest: this.#file.digest,
        state,
        slots: { total: report?.slots ?? this.#slots, busy: this.#queue.busy },
        queued: this.#queue.queued,
        queuedMs: Math.round(this.#queue.queuedMs),
        restarts,
        rssBytes: beat?.rssBytes ?? 0,
        hardware: this.hardware
      }
    ]
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async load(signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal)
    this.#supervisor.ensure()
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        const { state, error, starting } = this.#supervisor
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

  generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncIterable<EngineEvent> {
    const left = new AbortController()
    let unreported = 0
    const id = this.#nextId++
    const channel = new EventChannel({
      start: () => void this.#answer(id, request, options, left.signal, channel),
      onRead: event => {
        if (event.type !== 'delta') return
        unreported += event.tokenCount
        if (unreported < READ_REPORT_TOKENS) return
        this.#supervisor.send({ type: 'read', id, tokens: unreported })
        unreported = 0
      },
      onLeave: () => left.abort()
    })
    return channel
  }

  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      const error = new EngineStoppedError('the engine was closed')
      this.#queue.setCapacity(0)
      this.#queue.fail(error)
      this.#jobs.failAll(error)
    }
    await this.#supervisor.close()
    this.#changed()
  }

  /** One request from its check to its end. Every way out gives the slot back. */
  async #answer(
    id: number,
    request: GenerateRequest,
    options: GenerateOptions,
    left: AbortSignal,
    channel: EventChannel
  ): Promise<void> {
    const tenant = options.tenant ?? 'local'
    let ticket: QueueTicket | undefined
    let job: Job | undefined
    const stopListening = new AbortController()
    try {
      const checked = checkRequest(request, this.#file)
      const deadline = checked.deadlineMs === undefined ? [] : [AbortSignal.timeout(checked.deadlineMs)]
      const signal = AbortSignal.any([left, ...(options.signal ? [options.signal] : []), ...deadline])
      throwIfAborted(signal)
      this.#refuseUnusable(checked.model)
      job = new Job(id, checked, event => channel.push(event))
      this.#refuseBlamed(job)
      this.#jobs.add(job)
      const current = job
      const onAbort = () => {
        // The reader hears it now; the slot is free when the child says so.
        channel.fail(toP2paiError(signal.reason))
        if (current.sent) this.#supervisor.send({ type: 'cancel', id })
      }
      signal.addEventListener('abort', onAbort, { once: true, signal: stopListening.signal })
      if (checked.maxTokens === 0) {
        await this.#count(job, tenant, signal)
        channel.close()
        return
      }
      let promptTokens = roughTokens(requestBytes(checked))
      if (this.#supervisor.state === 'warm') promptTokens = (await this.#prepare(job, tenant)) ?? promptTokens
      throwIfAborted(signal)
      const arrivedAtMs = performance.now()
      ticket = this.#queue.enter({ tenant, workMs: this.#estimate(promptTokens, checked.maxTokens), signal })
      this.#accept(job, ticket.position)
      await ticket.granted
      this.#changedWhenFull()
      while (job.preparedIn !== this.#supervisor.life) {
        await this.load(signal)
        await this.#prepare(job, tenant)
      }
      throwIfAborted(signal)
      const queuedMs = Math.round(performance.now() - arrivedAtMs)
      const ended = job.untilEnded()
      this.#supervisor.send({ type: 'start', id })
      const end = await ended
      this.#work.record(end.completionTokens)
      const { finishReason, promptTokens: counted, cachedPromptTokens, completionTokens, thoughtTokens } = end
      const usage = { promptTokens: counted, cachedPromptTokens, completionTokens }
      channel.push({
        type: 'end',
        finishReason,
        usage: thoughtTokens > 0 ? { ...usage, thoughtTokens } : usage,
        timings: { queuedMs, prefillMs: end.prefillMs, decodeMs: end.decodeMs },
        conversationTag: end.conversationTag
      })
      channel.close()
    } catch (error) {
      // Prepared but never started: the child forgets it.
      if (job !== undefined && !job.sent && job.preparedIn === this.#supervisor.life) {
        this.#supervisor.send({ type: 'cancel', id })
      }
      channel.fail(toP2paiError(error))
    } finally {
      stopListening.abort()
      this.#jobs.remove(id)
      ticket?.release()
      this.#changedWhenFull()
    }
  }

  /** Counts the prompt and checks it against the context, in the child. */
  async #prepare(job: Job, tenant: string): Promise<number | undefined> {
    const life = this.#supervisor.life
    const prepared = job.untilPrepared()
    this.#supervisor.send({
      type: 'prepare',
      id: job.id,
      request: toChildRequest(job.request, tenant, this.#file.digest)
    })
    const promptTokens = await prepared
    if (promptTokens !== undefined) job.preparedIn = life
    return promptTokens
  }

  /** Tells how long the prompt is: no slot is taken, and nothing is evaluated. */
  async #count(job: Job, tenant: string, signal: AbortSignal): Promise<void> {
    let promptTokens = this.#supervisor.state === 'warm' ? await this.#prepare(job, tenant) : undefined
    this.#accept(job, 0)
    while (promptTokens === undefined) {
      await this.load(signal)
      promptTokens = await this.#prepare(job, tenant)
    }
    this.#supervisor.send({ type: 'cancel', id: job.id })
    const timings = { queuedMs: 0, prefillMs: 0, decodeMs: 0 }
    const usage = { promptTokens, cachedPromptTokens: 0, completionTokens: 0 }
    job.push({ type: 'end', finishReason: 'length', usage, timings })
  }

  #accept(job: Job, queuePosition: number): void {
    job.accepted = true
    job.queuePosition = queuePosition
    const { name, digest, contextSizeTokens } = this.info
    job.push({ type: 'accepted', queuePosition, model: { name, digest }, contextSizeTokens })
  }

  #refuseUnusable(wanted: string): void {
    if (this.#closed) throw new EngineStoppedError('the engine was closed')
    if (!servesModel(wanted, this.info)) {
      const suggestions = [this.#name]
      throw new ModelNotFoundError(`no model ${JSON.stringify(wanted)}; there is ${this.#name}`, {
        details: { suggestions }
      })
    }
    const { state, error } = this.#supervisor
    // A failed model answers at once, with the truth; the retry that this may start is for those who come later.
    this.#supervisor.ensure()
    if (state === 'quarantined') throw error ?? new InternalError('the model is not usable')
    if (state === 'failed') throw asLoadFailure(error)
  }

  #refuseBlamed(job: Job): void {
    const { ledger } = this.#supervisor
    if (ledger.empty || !ledger.blames(job.fingerprint(), performance.now())) return
    throw new EngineCrashedError('this request was there when the engine crashed, twice, and is not tried on it again')
  }

  #estimate(promptTokens: number, maxTokens: number | undefined): number {
    const { prefillTokensPerSecond, decodeTokensPerSecond } = this.info
    return this.#work.workMs({ promptTokens, maxTokens, prefillTokensPerSecond, decodeTokensPerSecond })
  }

  #receive(message: FromChild): void {
    this.#jobs.receive(message)
    if (message.type === 'loaded' && !this.#file.chat) {
      const reason = 'a base model without a chat template: it is used only when asked for by name'
      this.#log('warn', 'engine:base-model', { reason, chatTemplate: message.report.chatTemplate })
    }
    if (message.type !== 'beat') return
    this.#jobs.passOn(message, { loading: this.#supervisor.state === 'loading', queued: this.#queue.queued })
  }

  async #loadOptions(): Promise<LoadOptions> {
    await recheckModelFile(this.#file)
    const { gpu = 'auto', threads } = this.#init
    return {
      modelFile: this.#file.path,
      contextSizeTokens: this.#contextCap,
      slots: this.#slots,
      gpu,
      ...(threads !== undefined && { threads: clamp(threads, 1, MAX_SLOTS) }),
      ...(this.#supervisor.report && { calibration: this.#supervisor.report.calibration }),
      header: this.#file.header
    }
  }

  #stateChanged(): void {
    const { state, report } = this.#supervisor
    this.#queue.setCapacity(state === 'warm' && !this.#closed ? (report?.slots ?? 0) : 0)
    this.#changed()
  }

  /** Full and free again are news; every single slot is not. */
  #changedWhenFull(): void {
    const full = this.#queue.busy >= (this.#supervisor.report?.slots ?? this.#slots)
    if (full === this.#wasFull) return
    this.#wasFull = full
    this.#changed()
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #log(level: 'info' | 'warn' | 'error', event: string, fields: Record<string, unknown> = {}): void {
    this.#init.log?.(level, event, { model: this.#name, ...fields })
  }
}

/** The error of the last load, as a later request hears it. A pause after a crash says already what it is. */
function asLoadFailure(error: P2paiError = new InternalError('the model is not usable')): P2paiError {
  if (error.code === 'engine_crashed') return error
  return errorFromCode(error.code, `failed at load: ${error.message}`, error.details)
}

function clamp(value: number, min: number, max: number): number {
  return Number.isFinite(value) ? Math.max(min, Math.min(max, Math.round(value))) : max
}
