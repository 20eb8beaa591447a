import { createHash } from 'node:crypto'
import {
  type AcceptedEvent,
  canDo,
  cannotDo,
  type EmbedFacts,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  ModelNotFoundError,
  type ModelTask,
  type ProgressEvent,
  type RerankRequest,
  type RerankResult,
  type ScoreOptions,
  type ScoreRequest,
  type ScoreResult,
  servesModel,
  throwIfAborted,
  toP2paiError
} from '../interface/index.ts'
import { scriptedAnswer } from './scripted-answer.ts'
import { deltaOf } from './scripted-delta.ts'
import { type ScriptedBatch, scriptedScores, scriptedVectors } from './scripted-embed.ts'
import { ScriptedLife } from './scripted-life.ts'
import type { ScriptedEngineOptions, ScriptedFailure } from './scripted-options.ts'
import { scriptedMargins } from './scripted-score.ts'
import { ScriptedSlots } from './scripted-slots.ts'
import { sleep, waitWithProgress } from './scripted-wait.ts'

/** What a scripted engine can do unless it is told otherwise. */
const FEATURES = { chat: true, schema: true, logprobs: 5, tools: true, resume: true }

/** One call that a scripted engine has got. */
export interface ScriptedCall {
  request: GenerateRequest
  options: GenerateOptions
  /** How it went; `running` until it is over. */
  outcome: 'running' | 'ended' | 'cancelled' | 'failed'
  /** Tokens given out. */
  tokens: number
}

/** One call for vectors, ranks or a score that a scripted engine has got. */
export interface ScriptedEmbedCall {
  request: EmbedRequest | RerankRequest | ScoreRequest
  options: EmbedOptions
  outcome: 'running' | 'ended' | 'failed'
}

/** An engine that says what a test tells it to say. */
export interface ScriptedEngine extends InferenceEngine {
  /** All calls of `generate`, oldest first. */
  readonly calls: readonly ScriptedCall[]
  /** All calls of `embed`, `rerank` and `score`, oldest first. */
  readonly embedCalls: readonly ScriptedEmbedCall[]
  readonly info: ModelInfo
  /** Changes how it fails from now on; undefined: not at all. */
  fail(failure: ScriptedFailure | undefined): void
}

/** Makes a deterministic engine for tests: the same answer each time, at the speed and with the failures asked for. */
export function scriptedEngine(options: ScriptedEngineOptions = {}): ScriptedEngine {
  return new Scripted(options)
}

class Scripted implements ScriptedEngine {
  readonly kind = 'scripted'
  readonly calls: ScriptedCall[] = []
  readonly embedCalls: ScriptedEmbedCall[] = []
  readonly info: ModelInfo
  readonly #options: ScriptedEngineOptions
  readonly #slots: ScriptedSlots
  readonly #listeners = new Set<() => void>()
  readonly #life: ScriptedLife

  constructor(options: ScriptedEngineOptions) {
    const name = options.name ?? 'scripted:test'
    this.#options = options
    this.#life = new ScriptedLife(options.failure)
    this.info = {
      name,
      digest: options.digest ?? createHash('sha256').update(name).digest('hex'),
      state: 'warm',
      contextSizeTokens: options.contextSizeTokens ?? 4096,
      sizeBytes: 0,
      parameterCount: options.parameterCount ?? 1000,
      quantization: '',
      features: { ...FEATURES, thoughts: options.thoughts !== undefined, ...options.features },
      builtIn: options.builtIn ?? false,
      prefillTokensPerSecond: 1000,
      decodeTokensPerSecond: 100,
      loadMs: 0
    }
    const { slots = 4, maxQueued = 64 } = options
    this.#slots = new ScriptedSlots({ total: slots, maxQueued, onChange: () => this.#changed() })
  }

  fail(failure: ScriptedFailure | undefined): void {
    this.#life.failure = failure
  }

  async models(): Promise<ModelInfo[]> {
    return [this.info]
  }

  status(): EngineStatus[] {
    const { name, digest, state } = this.info
    const { busy, queued } = this.#slots
    const slots = { total: this.#options.slots ?? 4, busy }
    const rest = { restarts: this.#life.restarts, rssBytes: 0, hardware: 'cpu' }
    return [{ model: name, digest, state, slots, queued, queuedMs: queued * 1000, ...rest }]
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#life.close()
  }

  async *generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    const call: ScriptedCall = { request, options, outcome: 'running', tokens: 0 }
    this.calls.push(call)
    try {
      yield* this.#answer(request, options, call)
      call.outcome = 'ended'
    } catch (error) {
      call.outcome = 'failed'
      throw toP2paiError(error)
    } finally {
      if (call.outcome === 'running') call.outcome = 'cancelled'
    }
  }

  async *#answer(request: GenerateRequest, options: GenerateOptions, call: ScriptedCall): AsyncGenerator<EngineEvent> {
    this.#check(request.model, 'chat', options)
    const answer = scriptedAnswer(request, this.#options, this.info)
    if (request.maxTokens === 0) {
      yield this.#accepted(0)
      const usage = { promptTokens: answer.promptTokens, cachedPromptTokens: 0, completionTokens: 0 }
      yield { type: 'end', finishReason: 'length', usage, timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 } }
      return
    }
    const startedAtMs = performance.now()
    let thoughtTokens = 0
    const { slot, signal } = this.#take(request, options)
    try {
      yield this.#accepted(slot.position)
      yield* this.#wait(slot.granted, 'queued', slot.position)
      const grantedAtMs = performance.now()
      const { prefillMs = 0, tokenMs = 0 } = this.#options
      if (prefillMs > 0) yield* this.#wait(sleep(prefillMs, signal), 'prefill', 0)
      const prefilledAtMs = performance.now()
      for (const token of answer.tokens) {
        await this.#life.goWrong(call.tokens, signal)
        if (tokenMs > 0) yield* this.#wait(sleep(tokenMs, signal), 'decoding', call.tokens)
        throwIfAborted(signal)
        call.tokens++
        if (token.channel === 'thought') thoughtTokens++
        yield deltaOf(token, request.logprobs)
      }
      await this.#life.goWrong(call.tokens, signal)
      throwIfAborted(signal)
      yield {
        type: 'end',
        finishReason: answer.finishReason,
        ...(answer.stopSequence !== undefined && { stopSequence: answer.stopSequence }),
        usage: {
          promptTokens: answer.promptTokens,
          cachedPromptTokens: 0,
          completionTokens: call.tokens,
          ...(thoughtTokens > 0 && { thoughtTokens })
        },
        timings: {
          queuedMs: Math.round(grantedAtMs - startedAtMs),
          prefillMs: Math.round(prefilledAtMs - grantedAtMs),
          decodeMs: Math.round(performance.now() - prefilledAtMs)
        }
      }
    } finally {
      slot.release()
    }
  }

  async embed(request: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedResult> {
    const make = () => scriptedVectors(request, this.info.contextSizeTokens)
    const { values, ...facts } = await this.#compute(request, options, 'embeddings', make)
    return { ...facts, vectors: values }
  }

  async rerank(request: RerankRequest, options: EmbedOptions = {}): Promise<RerankResult> {
    const make = () => scriptedScores(request, this.info.contextSizeTokens)
    const { values, ...facts } = await this.#compute(request, options, 'rerank', make)
    return { ...facts, scores: values }
  }

  async score(request: ScoreRequest, options: ScoreOptions = {}): Promise<ScoreResult> {
    const make = () => scriptedMargins(request, this.#options, this.info)
    const { values, ...facts } = await this.#compute(request, options, 'score', make)
    return { ...facts, margins: Float32Array.from(values) }
  }

  async #compute<Value>(
    request: EmbedRequest | RerankRequest | ScoreRequest,
    options: EmbedOptions,
    task: ModelTask,
    make: () => ScriptedBatch<Value>
  ): Promise<EmbedFacts & { values: Value[] }> {
    const call: ScriptedEmbedCall = { request, options, outcome: 'running' }
    this.embedCalls.push(call)
    try {
      this.#check(request.model, task, options)
      const { values, promptTokens } = make()
      for await (const event of this.#eachText(values.length, request, options)) options.onEvent?.(event)
      call.outcome = 'ended'
      return { model: { name: this.info.name, digest: this.info.digest }, promptTokens, values }
    } catch (error) {
      call.outcome = 'failed'
      throw toP2paiError(error)
    }
  }

  /** Takes the time of the work; what is computed is known already. */
  async *#eachText(
    total: number,
    request: EmbedRequest | RerankRequest | ScoreRequest,
    options: EmbedOptions
  ): AsyncGenerator<AcceptedEvent | ProgressEvent> {
    const { slot, signal } = this.#take(request, options)
    const { prefillMs = 0, tokenMs = 0 } = this.#options
    try {
      yield this.#accepted(slot.position)
      yield* this.#wait(slot.granted, 'queued', slot.position)
      if (prefillMs > 0) yield* this.#wait(sleep(prefillMs, signal), 'prefill', 0)
      for (let done = 0; done < total; done++) {
        await this.#life.goWrong(done, signal)
        if (tokenMs > 0) yield* this.#wait(sleep(tokenMs, signal), 'prefill', done)
        throwIfAborted(signal)
      }
      await this.#life.goWrong(total, signal)
      throwIfAborted(signal)
    } finally {
      slot.release()
    }
  }

  #check(model: string, task: ModelTask, options: GenerateOptions): void {
    this.#life.throwIfClosed()
    throwIfAborted(options.signal)
    const { name, features } = this.info
    if (!servesModel(model, this.info, task)) {
      throw new ModelNotFoundError(`no model ${JSON.stringify(model)}; there is ${name}`, {
        details: { suggestions: [name] }
      })
    }
    if (!canDo(features, task)) throw cannotDo(name, task)
  }

  /** Takes a place in the queue. */
  #take({ deadlineMs }: { deadlineMs?: number }, options: GenerateOptions) {
    const signal = this.#life.signalFor(options.signal, deadlineMs)
    return { slot: this.#slots.take(signal), signal }
  }

  #accepted(queuePosition: number): AcceptedEvent {
    const { name, digest, contextSizeTokens } = this.info
    return { type: 'accepted', queuePosition, model: { name, digest }, contextSizeTokens }
  }

  /** Waits, with signs of life. */
  #wait(until: Promise<void>, phase: ProgressEvent['phase'], done: number): AsyncGenerator<ProgressEvent> {
    const { progressMs = 500 } = this.#options
    const isSilent = () => this.#life.failure?.type === 'no-progress'
    return waitWithProgress({
      until,
      progressMs,
      isSilent,
      progress: { type: 'progress', phase, done, total: 0 }
    })
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
