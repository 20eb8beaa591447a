import type { AcceptIf } from '../../src/interface/index.ts'
import { MODEL_SPEED } from './devices.ts'
import type { Foresight } from './foresight.ts'
import type { Provider } from './provider.ts'
import { expectedService } from './service.ts'

/** A request, as far as a quote tells of it. */
export interface QuotedRequest {
  conversationId: number
  model: number
  promptTokens: number
  expectedTokens: number
}

/** What a provider says when asked. */
export interface QuotedTimes {
  /** Until a slot is free. */
  waitMs: number
  firstTokenMs: number
  decodeTokensPerSecond: number
}

/** The promise of a provider; nothing when its queue is full. Who lies, lies here too. */
export function promiseOf(
  provider: Provider,
  request: QuotedRequest,
  nowMs: number,
  foresight: Foresight
): QuotedTimes | undefined {
  if (!provider.isAlive) return zombiePromise(provider, request)
  if (provider.isFull) return undefined
  const { active, device, lie, warm } = provider
  const input = {
    promptTokens: request.promptTokens,
    outputTokens: request.expectedTokens,
    cachedTokens: provider.cachedTokens(request.conversationId, request.promptTokens),
    isWarm: warm.has(request.model),
    others: Math.min(active.length, device.slots - 1)
  }
  const { loadMs, prefillMs, decodeMs } = expectedService(provider, request.model, input, nowMs)
  const waitMs = foresight(provider, nowMs, request.model)
  return {
    waitMs: waitMs / lie,
    firstTokenMs: (waitMs + loadMs + prefillMs) / lie,
    decodeTokensPerSecond: (lie * 1_000 * request.expectedTokens) / decodeMs
  }
}

/** Whether a conditional dispatch is taken. */
export function keeps(promise: QuotedTimes, acceptIf: AcceptIf, expectedTokens: number): boolean {
  const totalMs = promise.firstTokenMs + (1_000 * expectedTokens) / promise.decodeTokensPerSecond
  const { firstTokenMs = Number.POSITIVE_INFINITY, totalMs: mostMs = Number.POSITIVE_INFINITY } = acceptIf
  return promise.firstTokenMs <= firstTokenMs && totalMs <= mostMs
}

/** A zombie answers as if it were idle, with everything loaded. */
function zombiePromise({ device }: Provider, { model, promptTokens }: QuotedRequest): QuotedTimes {
  const speed = MODEL_SPEED[model]!
  return {
    waitMs: 0,
    firstTokenMs: (1_000 * promptTokens) / (device.prefill * speed),
    decodeTokensPerSecond: device.decode * speed
  }
}
