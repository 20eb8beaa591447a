import { DEVICE_KINDS } from './devices.ts'
import type { Provider } from './provider.ts'

/** What one run came to. Times in seconds. */
export interface Summary {
  requests: number
  /** Share that got a whole answer. */
  success: number
  firstToken: Percentiles
  completion: Percentiles
  meanFirstToken: number
  meanCompletion: number
  /** Jain's index of how evenly providers are used: 1 is even, 1 / N is one for all. */
  jain: number
  /** Share of slot time in use, by class. */
  useByClass: Record<string, number>
  /** Quotes and conditional dispatches for each request. */
  probes: number
  attempts: number
  hedges: number
  /** Requests that waited in two queues. */
  ties: number
  /** Jobs that began while another one of their request ran. */
  duplicates: number
  resumed: number
  moved: number
  cold: number
  busy: number
  deadHits: number
  /** Share of prompt tokens that were in a cache. */
  cacheHits: number
  /** The longest pause in the text of those answers that had one. */
  gap95: number
}

export interface Percentiles {
  p50: number
  p95: number
  p99: number
}

const COUNTERS = {
  probes: 0,
  attempts: 0,
  hedges: 0,
  ties: 0,
  duplicates: 0,
  resumed: 0,
  moved: 0,
  cold: 0,
  busy: 0,
  deadHits: 0
}

/** Counts of the requests that began within the measured span. */
export class Measures {
  readonly counts: Record<keyof typeof COUNTERS, number> = { ...COUNTERS }
  readonly #firstTokens: number[] = []
  readonly #completions: number[] = []
  readonly #gaps: number[] = []
  #succeeded = 0
  #cachedTokens = 0
  #promptTokens = 0

  read(cachedTokens: number, promptTokens: number): void {
    this.#cachedTokens += cachedTokens
    this.#promptTokens += promptTokens
  }

  answered(firstTokenMs: number, completionMs: number, gapMs: number): void {
    this.#succeeded++
    this.#firstTokens.push(firstTokenMs)
    this.#completions.push(completionMs)
    if (gapMs > 0) this.#gaps.push(gapMs)
  }

  failed(firstTokenMs: number, completionMs: number): void {
    this.#firstTokens.push(firstTokenMs)
    this.#completions.push(completionMs)
  }

  summary(providers: readonly Provider[]): Summary {
    const requests = this.#completions.length
    const perRequest = (count: number) => round(count / Math.max(1, requests), 3)
    const counted = Object.entries(this.counts).map(([name, count]) => [name, perRequest(count)])
    return {
      requests,
      success: round(this.#succeeded / Math.max(1, requests), 4),
      firstToken: percentiles(this.#firstTokens),
      completion: percentiles(this.#completions),
      meanFirstToken: round(mean(this.#firstTokens) / 1_000, 3),
      meanCompletion: round(mean(this.#completions) / 1_000, 3),
      jain: round(jainIndex(providers.map(useOf)), 3),
      useByClass: Object.fromEntries(
        DEVICE_KINDS.map(kind => [
          kind,
          round(mean(providers.filter(({ device }) => device.kind === kind).map(useOf)), 3)
        ])
      ),
      ...(Object.fromEntries(counted) as typeof COUNTERS),
      cacheHits: round(this.#cachedTokens / Math.max(1, this.#promptTokens), 3),
      gap95: round(quantile(this.#gaps, 0.95) / 1_000, 2)
    }
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** The value that this share stays under; 0 of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

function percentiles(times: readonly number[]): Percentiles {
  const at = (share: number) => round(quantile(times, share) / 1_000, 3)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
}

function useOf({ busyMs, aliveMs, device }: Provider): number {
  return aliveMs > 0 ? busyMs / (device.slots * aliveMs) : 0
}

function jainIndex(uses: readonly number[]): number {
  const sum = uses.reduce((total, use) => total + use, 0)
  const squares = uses.reduce((total, use) => total + use * use, 0)
  return squares === 0 ? 1 : (sum * sum) / (uses.length * squares)
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
