import { MODEL_SIZE, MODEL_SPEED } from './devices.ts'
import type { JobRequest } from './job.ts'
import type { Provider } from './provider.ts'
import { drawOf, normalOf } from './random.ts'

/** No prompt is free, cached or not. */
const LEAST_PREFILL_TOKENS = 16
/** Share of jobs in which the owner comes back, and slows them by 2 to 4. */
const DISTURBED_SHARE = 0.05

/** What a request costs at a provider. */
export interface Service {
  loadMs: number
  prefillMs: number
  decodeMs: number
}

export interface ServiceInput {
  promptTokens: number
  outputTokens: number
  cachedTokens: number
  isWarm: boolean
  /** Requests that run beside it. */
  others: number
}

/** The time by what the provider knows of itself. */
export function expectedService(provider: Provider, model: number, input: ServiceInput, nowMs: number): Service {
  const { device } = provider
  const speed = provider.speed(nowMs, input.others) * MODEL_SPEED[model]!
  const unread = Math.max(LEAST_PREFILL_TOKENS, input.promptTokens - input.cachedTokens)
  return {
    loadMs: input.isWarm ? 0 : device.loadMs * MODEL_SIZE[model]!,
    prefillMs: (1_000 * unread) / (device.prefill * speed),
    decodeMs: (1_000 * input.outputTokens) / (device.decode * speed)
  }
}

/** The time that it really takes: 15 to 20 % of noise, and now and then an owner that comes back. */
export function realService(provider: Provider, request: JobRequest, input: ServiceInput, nowMs: number): Service {
  const expected = expectedService(provider, request.model, input, nowMs)
  const noise = (sigma: number, kind: number) => Math.exp(sigma * normalOf(request.id, provider.index, kind))
  const isDisturbed = drawOf(request.id, provider.index, 4) < DISTURBED_SHARE
  const disturbance = isDisturbed ? 2 + 2 * drawOf(request.id, provider.index, 5) : 1
  return {
    loadMs: expected.loadMs * noise(0.2, 1),
    prefillMs: expected.prefillMs * noise(0.15, 2),
    decodeMs: expected.decodeMs * noise(0.15, 3) * disturbance
  }
}
