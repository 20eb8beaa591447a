import type { AdvertisedModel } from '../../src/interface/index.ts'
import { MODEL_SIZE, MODEL_SPEED } from './devices.ts'
import type { Foresight } from './foresight.ts'
import type { Provider } from './provider.ts'

/** Larger than any conversation of the workload: contexts are not what is studied. */
const CONTEXT_TOKENS = 65_536
const FEATURES = { chat: true, schema: false, tools: false, resume: true, logprobs: 0 }

/** What a provider published, as it was then. */
export class Advertised {
  readonly atMs: number
  readonly thermal: number
  readonly #models: (AdvertisedModel | undefined)[] = []
  readonly #make: (model: number) => AdvertisedModel

  constructor(provider: Provider, nowMs: number, foresight: Foresight) {
    const { device, isAlive, lie } = provider
    this.atMs = nowMs
    this.thermal = isAlive ? provider.thermal(nowMs).state : 0
    const active = isAlive ? provider.active.length : 0
    const queued = isAlive ? provider.queue.length : 0
    const others = Math.min(active, device.slots - 1)
    // A zombie tells of its best hour.
    const speed = lie * (isAlive ? provider.speed(nowMs, others) : 1)
    const waitMs = isAlive ? foresight(provider, nowMs) / lie : 0
    const warm = new Set(provider.warm.keys())
    this.#make = model => ({
      name: `model-${model}`,
      digest: String(model).padStart(64, '0'),
      warm: warm.has(model),
      builtIn: false,
      contextSizeTokens: CONTEXT_TOKENS,
      parameterCount: 500_000_000 * MODEL_SIZE[model]!,
      quantization: 'Q4_K_M',
      features: FEATURES,
      prefillTokensPerSecond: device.prefill * speed * MODEL_SPEED[model]!,
      decodeTokensPerSecond: device.decode * speed * MODEL_SPEED[model]!,
      loadMs: device.loadMs * MODEL_SIZE[model]!,
      slots: { total: device.slots, free: Math.max(0, device.slots - active) },
      queued,
      waitMs
    })
  }

  of(model: number): AdvertisedModel {
    this.#models[model] ??= this.#make(model)
    return this.#models[model]
  }
}
