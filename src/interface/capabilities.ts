import type { ModelFeatures } from './engine.ts'

/** What kind of machine a peer is; decides defaults, and how long it may be expected to stay. */
export type HardwareClass = 'server' | 'desktop' | 'laptop' | 'phone' | 'browser'

/** How hot a device is, in the words that systems use; from `serious` on it slows down. */
export type ThermalState = 'nominal' | 'fair' | 'serious' | 'critical'

/** One model in an advert. */
export interface AdvertisedModel {
  name: string
  /** SHA-256 of the GGUF, 64 hex digits. */
  digest: string
  /** Already in memory; otherwise it is loaded on demand, which takes `loadMs`. */
  warm: boolean
  builtIn: boolean
  contextSizeTokens: number
  parameterCount: number
  quantization: string
  features: ModelFeatures
  /** Measured, 0 before the first measurement. */
  prefillTokensPerSecond: number
  decodeTokensPerSecond: number
  loadMs: number
  /** Requests that this model answers at once, and how many of these are free. */
  slots: { total: number; free: number }
  queued: number
  /** How long a typical request would wait for a slot. */
  waitMs: number
}

/**
 * What a peer says it can do, signed by its key. A hint for ranking: only the `accepted` frame of a request
 * confirms it.
 */
export interface Advert {
  peerId: string
  /** Grows with every advert of a peer, over restarts too. The higher one wins. */
  sequence: number
  /** The peer's clock, milliseconds since 1970. */
  issuedAtMs: number
  /** Valid for this long from receipt; 0 is a goodbye. At most 300,000. */
  ttlMs: number
  /** Drawn at every start, so that a restart can be told from a slow advert. */
  bootNonce: number
  hardwareClass: HardwareClass
  /** Where the peer says it can be dialled; at most 4. */
  addresses: string[]
  /** Name that the owner gave the node; may be empty. Text from a stranger: strip before printing. */
  label: string
  models: AdvertisedModel[]
  /** Micro-credits for 1,000 tokens, read or generated. @default 0 */
  pricePerKiloToken?: number
  /** Absent where it cannot be known. */
  thermal?: ThermalState
  /** 0 to 100, while it runs on battery; absent when it is plugged in or has none. */
  batteryPercent?: number
  /** Its line costs money by volume. @default false */
  isMetered?: boolean
  /** Memory that is left for models; absent where it is not known. */
  freeMemoryBytes?: number
}
