import {
  cannotDo,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  InternalError,
  type RerankRequest,
  type RerankResult,
  roughTokens,
  throwIfAborted,
  utf8Bytes,
  validateEmbedRequest,
  validateRerankRequest
} from '../../interface/index.ts'
import { DEFAULT_TEXT_TOKENS, type LlamaEngine, type LlamaEngineInit, MIN_CONTEXT_TOKENS } from './init.ts'
import type { ChildTexts, ChildValues } from './ipc.ts'
import { TextJob } from './job.ts'
import type { ModelFile } from './model-file.ts'
import { clamp } from './model-process.ts'
import type { ModelStore } from './model-store.ts'
import { WholeWorkProcess } from './whole-work.ts'
import { WorkEstimate } from './work-estimate.ts'

/** The parent's half of a model that makes vectors or ranks documents: one request at a time, in a fair queue. */
export class LlamaTextEngine extends WholeWorkProcess implements LlamaEngine {
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

  async #compute(
    request: EmbedRequest | RerankRequest,
    texts: ChildTexts,
    read: readonly string[],
    options: EmbedOptions
  ): Promise<ChildValues> {
    const work = {
      task: texts.task,
      job: (tell: TextJob['tell']) => new TextJob(this.nextId(), request, tell),
      prepare: ({ id }: TextJob) => ({ type: 'prepare-texts' as const, id, request: texts }),
      ended: (job: TextJob) => job.untilEnded(),
      roughTokens: roughTokens(read.reduce((sum, text) => sum + utf8Bytes(text), 0)),
      workMs: (promptTokens: number) => this.#workMs(promptTokens)
    }
    return await this.whole(request, work, options)
  }

  #workMs(promptTokens: number): number {
    const { prefillTokensPerSecond } = this.info
    return this.#work.workMs({ promptTokens, maxTokens: 0, prefillTokensPerSecond, decodeTokensPerSecond: 0 })
  }
}
