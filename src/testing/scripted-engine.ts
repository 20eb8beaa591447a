import { createHash } from 'node:crypto'
import {
  type DeltaEvent,
  EngineCrashedError,
  type EngineEvent,
  type EngineStatus,
  EngineStoppedError,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  ModelNotFoundError,
  servesModel,
  throwIfAborted,
  toP2paiError
} from '../interface/index.ts'
import { type ScriptedToken, scriptedAnswer, scriptedTokenId } from './scripted-answer.ts'
import type { ScriptedEngineOptions, ScriptedFailure } from './scripted-options.ts'
import { ScriptedSlots } from './scripted-slots.ts'

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

/** An engine that says what a test tells it to say. */
export interface ScriptedEngine extends InferenceEngine {
  /** All calls, oldest first. */
  readonly calls: readonly ScriptedCall[]
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
  readonly info: ModelInfo
  readonly #options: ScriptedEngineOptions
  readonly #slots: ScriptedSlots
  readonly #listeners = new Set<() => void>()
  readonly #closing = new AbortController()
  #crash = new AbortController()
  #failure: ScriptedFailure | undefined
  #restarts = 0

  constructor(options: ScriptedEngineOptions) {
    const name = options.name ?? 'scripted:test'
    this.#options = options
    this.#failure = options.failure
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
    this.#failure = failure
  }

  async models(): Promise<ModelInfo[]> {
    return [this.info]
  }

  status(): EngineStatus[] {
    const { name, digest, state } = this.info
    const { busy, queued } = this.#slots
    const slots = { total: this.#options.slots ?? 4, busy }
    const rest = { restarts: this.#restarts, rssBytes: 0, hardware: 'cpu' }
    return [{ model: name, digest, state, slots, queued, queuedMs: queued * 1000, ...rest }]
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    this.#closing.abort(new EngineStoppedError('the engine was closed'))
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
    const { name, digest, contextSizeTokens } = this.info
    throwIfAborted(this.#closing.signal)
    throwIfAborted(options.signal)
    if (!servesModel(request.model, this.info)) {
      throw new ModelNotFoundError(`no model ${JSON.stringify(request.model)}; there is ${name}`, {
        details: { suggestions: [name] }
      })
    }
    const answer = scriptedAnswer(request, this.#options, this.info)
    const deadline = request.deadlineMs === undefined ? [] : [AbortSignal.timeout(request.deadlineMs)]
    const given = options.signal === undefined ? [] : [options.signal]
    const signal = AbortSignal.any([this.#closing.signal, this.#crash.signal, ...given, ...deadline])
    const accepted = { type: 'accepted', model: { name, digest }, contextSizeTokens } as const
    if (request.maxTokens === 0) {
      yield { ...accepted, queuePosition: 0 }
      const usage = { promptTokens: answer.promptTokens, cachedPromptTokens: 0, completionTokens: 0 }
      yield { type: 'end', finishReason: 'length', usage, timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 } }
      return
    }
    const startedAtMs = performance.now()
    let thoughtTokens = 0
    const slot = this.#slots.take(signal)
    try {
      yield { ...accepted, queuePosition: slot.position }
      yield* this.#wait(slot.granted, signal, 'queued', slot.position)
      const grantedAtMs = performance.now()
      const { prefillMs = 0, tokenMs = 0 } = this.#options
      if (prefillMs > 0) yield* this.#wait(sleep(prefillMs, signal), signal, 'prefill', 0)
      const prefilledAtMs = performance.now()
      for (const token of answer.tokens) {
        await this.#goWrong(call.tokens, signal)
        if (tokenMs > 0) yield* this.#wait(sleep(tokenMs, signal), signal, 'decoding', call.tokens)
        throwIfAborted(signal)
        call.tokens++
        if (token.channel === 'thought') thoughtTokens++
        yield deltaOf(token, request.logprobs)
      }
      await this.#goWrong(call.tokens, signal)
      throwIfAborted(signal)
      yield {
        type: 'end',
        finishReason: answer.finishReason,
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

  /** Waits, with signs of life. */
  async *#wait(
    until: Promise<void>,
    signal: AbortSignal,
    phase: 'queued' | 'prefill' | 'decoding',
    done: number
  ): AsyncGenerator<EngineEvent> {
    const over = until.then(() => true)
    const { progressMs = 500 } = this.#options
    for (;;) {
      const tick = new AbortController()
      const pause = sleep(progressMs, AbortSignal.any([signal, tick.signal])).then(
        () => false,
        () => false
      )
      const finished = await Promise.race([over, pause])
      tick.abort()
      throwIfAborted(signal)
      if (finished) return
      if (this.#failure?.type !== 'no-progress') yield { type: 'progress', phase, done, total: 0 }
    }
  }

  async #goWrong(tokens: number, signal: AbortSignal): Promise<void> {
    const failure = this.#failure
    if (failure === undefined || failure.type === 'no-progress' || tokens !== failure.afterTokens) return
    if (failure.type === 'crash') {
      this.#restarts++
      const crash = this.#crash
      this.#crash = new AbortController()
      crash.abort(new EngineCrashedError('the scripted engine crashed'))
      throwIfAborted(signal)
    }
    await new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(toP2paiError(signal.reason)), { once: true })
    })
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

function deltaOf(token: ScriptedToken, logprobs: number | undefined): DeltaEvent {
  const { channel, text, toolCall } = token
  return {
    type: 'delta',
    channel,
    text,
    tokenCount: 1,
    tokenIds: [scriptedTokenId(token)],
    ...(logprobs !== undefined && { logprobs: [likelihood(toolCall?.arguments ?? text, logprobs)] }),
    ...(toolCall && { toolCalls: [toolCall] })
  }
}

function likelihood(token: string, rivals: number) {
  const top = Array.from({ length: rivals }, (_, index) => ({
    token: index === 0 ? token : `rival ${index}`,
    logprob: -0.1 * (index + 1)
  }))
  return { token, logprob: -0.1, top }
}

async function sleep(durationMs: number, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal)
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, durationMs)
    const stop = () => {
      clearTimeout(timer)
      reject(toP2paiError(signal.reason))
    }
    signal.addEventListener('abort', stop, { once: true })
  })
}
