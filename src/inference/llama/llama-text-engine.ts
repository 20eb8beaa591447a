import {
  cannotDo,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  InternalError,
  type ModelTask,
  type RerankRequest,
  type RerankResult,
  throwIfAborted,
  toP2paiError,
  validateEmbedRequest,
  validateRerankRequest
} from '../../interface/index.ts'
import type { QueueTicket } from '../fair-queue.ts'
import { DEFAULT_TEXT_TOKENS, type LlamaEngine, type LlamaEngineInit, MIN_CONTEXT_TOKENS } from './init.ts'
import type { ChildTexts, ChildValues } from './ipc.ts'
import { TextJob } from './job.ts'
import type { ModelFile } from './model-file.ts'
import { clamp, ModelProcess } from './model-process.ts'
import type { ModelStore } from './model-store.ts'
import { roughTokens, WorkEstimate } from './work-estimate.ts'

/** The parent's half of a model that makes vectors or ranks documents: one request at a time, in a fair queue. */
export class LlamaTextEngine extends ModelProcess implements LlamaEngine {
  readonly #work = new WorkEstimate()

  constructor(init: LlamaEngineInit, file: ModelFile, store: ModelStore, quarantined: boolean) {
    const { embeddings, rerank } = file
    const trained = file.header.trainContextTokens || DEFAULT_TEXT_TOKENS
    super({
      init,
      file,
      store,
      quarantined,
      features: { chat: false, schema: false, logprobs: 0, tools: false, resume: false, embeddings, rerank },
      slots: 1,
      contextSizeTokens: clamp(init.contextSizeTokens ?? DEFAULT_TEXT_TOKENS, MIN_CONTEXT_TOKENS, trained)
    })
  }

  /** Always refuses, as the first `next()` finds. */
  // biome-ignore lint/correctness/useYield: a model of this kind answers no prompts
  async *generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    throwIfAborted(options.signal)
    this.refuseUnusable(request.model, 'chat')
    throw cannotDo(this.info.name, 'chat')
  }

  async embed(request: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedResult> {
    const checked = validateEmbedRequest(request)
    const { inputs } = checked
    const values = await this.#compute(checked, { task: 'embeddings', inputs }, inputs, options)
    if (!('vectors' in values)) throw new InternalError('the engine gave no vectors')
    return { model: this.#model, promptTokens: values.promptTokens, vectors: values.vectors }
  }

  async rerank(request: RerankRequest, options: EmbedOptions = {}): Promise<RerankResult> {
    const checked = validateRerankRequest(request)
    const { query, documents } = checked
    const read = documents.map(document => query + document)
    const values = await this.#compute(checked, { task: 'rerank', query, documents }, read, options)
    if (!('scores' in values)) throw new InternalError('the engine gave no scores')
    return { model: this.#model, promptTokens: values.promptTokens, scores: values.scores }
  }

  get #model(): EmbedResult['model'] {
    const { name, digest } = this.info
    return { name, digest }
  }

  /** One request from its check to its end. Every way out gives the slot back. */
  async #compute(
    request: EmbedRequest | RerankRequest,
    texts: ChildTexts,
    read: readonly string[],
    options: EmbedOptions
  ): Promise<ChildValues> {
    const task: ModelTask = texts.task
    const deadline = request.deadlineMs === undefined ? [] : [AbortSignal.timeout(request.deadlineMs)]
    const signal = AbortSignal.any([...(options.signal ? [options.signal] : []), ...deadline])
    throwIfAborted(signal)
    this.refuseUnusable(request.model, task)
    const job = new TextJob(this.nextId(), request, event => {
      if (!signal.aborted) options.onEvent?.(event)
    })
    this.refuseBlamed(job)
    this.jobs.add(job)
    // The asker hears it now; the slot is free when the child says so.
    const aborted = Promise.withResolvers<never>()
    const onAbort = () => {
      aborted.reject(toP2paiError(signal.reason))
      if (job.sent) this.supervisor.send({ type: 'cancel', id: job.id })
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const work = this.#run(job, texts, read, { tenant: options.tenant ?? 'local', signal }).finally(() =>
      signal.removeEventListener('abort', onAbort)
    )
    return await Promise.race([work, aborted.promise])
  }

  async #run(
    job: TextJob,
    texts: ChildTexts,
    read: readonly string[],
    { tenant, signal }: { tenant: string; signal: AbortSignal }
  ): Promise<ChildValues> {
    let ticket: QueueTicket | undefined
    try {
      let promptTokens = roughTokens(read.reduce((sum, text) => sum + Buffer.byteLength(text), 0))
      if (this.supervisor.state === 'warm') promptTokens = (await this.#prepare(job, texts)) ?? promptTokens
      throwIfAborted(signal)
      ticket = this.queue.enter({ tenant, workMs: this.#workMs(promptTokens), signal })
      this.accept(job, ticket.position)
      await ticket.granted
      this.changedWhenFull()
      while (job.preparedIn !== this.supervisor.life) {
        await this.load(signal)
        await this.#prepare(job, texts)
      }
      throwIfAborted(signal)
      const ended = job.untilEnded()
      this.supervisor.send({ type: 'start', id: job.id })
      return await ended
    } catch (error) {
      // Prepared but never started: the child forgets it.
      if (!job.sent && job.preparedIn === this.supervisor.life) this.supervisor.send({ type: 'cancel', id: job.id })
      throw toP2paiError(error)
    } finally {
      this.jobs.remove(job.id)
      ticket?.release()
      this.changedWhenFull()
    }
  }

  /** Counts the texts and checks each against the context, in the child. */
  async #prepare(job: TextJob, texts: ChildTexts): Promise<number | undefined> {
    const life = this.supervisor.life
    const prepared = job.untilPrepared()
    this.supervisor.send({ type: 'prepare-texts', id: job.id, request: texts })
    const promptTokens = await prepared
    if (promptTokens !== undefined) job.preparedIn = life
    return promptTokens
  }

  #workMs(promptTokens: number): number {
    const { prefillTokensPerSecond } = this.info
    return this.#work.workMs({ promptTokens, maxTokens: 0, prefillTokensPerSecond, decodeTokensPerSecond: 0 })
  }
}
