import type { Provider } from './provider.ts'
import type { QuotedTimes } from './provider-quote.ts'

/** What a provider must know of a request to work on it. */
export interface JobRequest {
  /** Counts from 1 in the order of arrival; the luck of a job hangs on it. */
  id: number
  conversationId: number
  model: number
  isMeasured: boolean
  /** What the asker expects of the whole answer. */
  expectedTokens: number
  maxTokens?: number
}

/** One request at one provider. */
export interface Job {
  readonly request: JobRequest
  readonly provider: Provider
  /** Tokens to be read, delivered ones among them. */
  readonly promptTokens: number
  /** Tokens of the answer that are still to be made. */
  readonly outputTokens: number
  /** Delivered before this job, by others. */
  readonly deliveredTokens: number
  readonly oneWayMs: number
  readonly sentMs: number
  state: 'sent' | 'queued' | 'running' | 'ended' | 'lost'
  /** The asker has no use for it any more. */
  isDropped: boolean
  /** What the provider said before; nothing where nobody asked. */
  promise?: QuotedTimes
  /** How fast it says that it is: in its quote, or else in its advert. */
  claimedTokensPerSecond?: number
  startMs: number
  loadMs: number
  prefillMs: number
  decodeMs: number
  /** When the first token and the last are made, known to the simulator only. */
  firstTokenAtMs: number
  endAtMs: number
}

export function msPerToken(job: Job): number {
  return job.decodeMs / Math.max(1, job.outputTokens)
}

/** Tokens made until now. */
export function generatedTokens(job: Job, nowMs: number): number {
  if (job.state !== 'running' || nowMs <= job.firstTokenAtMs) return 0
  const made = Math.floor((nowMs - job.firstTokenAtMs) / msPerToken(job)) + 1
  return Math.min(job.outputTokens - 1, made)
}
