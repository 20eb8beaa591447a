import type { EndEvent } from '../../interface/index.ts'
import { Counter, Histogram } from './series.ts'

/** Bounds of the time to the first token, in seconds: from a warm prefix to a cold model on a slow disk. */
const FIRST_TOKEN_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** What the gateway counts. No content, and no label that a client or a peer could make up. */
export class GatewayMetrics {
  readonly #requests = new Counter('p2pai_http_requests_total', 'HTTP requests answered.')
  readonly #received = new Counter('p2pai_http_received_bytes_total', 'Bytes of request bodies.')
  readonly #sent = new Counter('p2pai_http_sent_bytes_total', 'Bytes of answers.')
  readonly #refusals = new Counter('p2pai_refusals_total', 'Requests that failed or were refused, by reason.')
  readonly #tokens = new Counter('p2pai_tokens_total', 'Tokens of prompts and answers.')
  readonly #failovers = new Counter('p2pai_failovers_total', 'Providers that failed before another one answered.')
  readonly #firstToken = new Histogram(
    'p2pai_first_token_seconds',
    'Time from a request to its first token.',
    FIRST_TOKEN_SECONDS
  )

  /** A request was answered. `route` is a path with placeholders. */
  answered(route: string, method: string, status: number): void {
    this.#requests.add({ route, method, status: String(status) })
  }

  received(route: string, bytes: number): void {
    this.#received.add({ route }, bytes)
  }

  sent(route: string, bytes: number): void {
    this.#sent.add({ route }, bytes)
  }

  /** `code` is from the error table or of the gateway's own failures. */
  refused(code: string): void {
    this.#refusals.add({ reason: code })
  }

  firstToken(route: string, durationMs: number): void {
    this.#firstToken.observe({ route }, durationMs / 1000)
  }

  /** Texts were turned into vectors or ranked. */
  read(tokens: number): void {
    this.#tokens.add({ kind: 'prompt' }, tokens)
  }

  ended({ usage, attempts = [] }: EndEvent): void {
    this.#tokens.add({ kind: 'prompt' }, usage.promptTokens)
    this.#tokens.add({ kind: 'cached' }, usage.cachedPromptTokens)
    this.#tokens.add({ kind: 'completion' }, usage.completionTokens)
    this.#failovers.add({}, Math.max(0, attempts.length - 1))
  }

  /** All counts in Prometheus's text format. */
  lines(): string[] {
    const all = [
      this.#requests,
      this.#received,
      this.#sent,
      this.#refusals,
      this.#tokens,
      this.#failovers,
      this.#firstToken
    ]
    return all.flatMap(series => series.lines())
  }
}
