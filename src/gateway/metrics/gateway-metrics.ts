import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Attempt, EndEvent, NodeControl } from '../../interface/index.ts'
import { watchNode } from './node-gauges.ts'

/** Bounds of the time to the first token, in seconds: from a warm prefix to a cold model on a slow disk. */
const FIRST_TOKEN_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** What became of attempts that no failure of theirs ended: refused for want of room, or left for one that was faster. */
const NO_FAILURE = new Set(['ok', 'busy', 'aborted'])

/** What the gateway counts. No content, and no label that a client or a peer could make up. */
export class GatewayMetrics {
  /** Where others of this process may add what they count. */
  readonly registry = new Registry()
  readonly #requests = this.#counter(
    'p2pai_http_requests_total',
    'HTTP requests answered.',
    'route',
    'method',
    'status'
  )
  readonly #outcomes = this.#counter(
    'p2pai_answers_total',
    'Answers that came to their end (ok) or did not, streams too.',
    'route',
    'outcome'
  )
  readonly #received = this.#counter('p2pai_http_received_bytes_total', 'Bytes of request bodies.', 'route')
  readonly #sent = this.#counter(
    'p2pai_http_sent_bytes_total',
    'Bytes of answers, of streams when they are over.',
    'route'
  )
  readonly #refusals = this.#counter(
    'p2pai_refusals_total',
    'Requests that failed or were refused, by reason.',
    'reason'
  )
  readonly #tokens = this.#counter('p2pai_tokens_total', 'Tokens of prompts and answers.', 'kind')
  readonly #failovers = this.#counter('p2pai_failovers_total', 'Attempts with a provider that failed.')
  readonly #inFlight = new Gauge({
    name: 'p2pai_requests_in_flight',
    help: 'Answers under way for clients of this gateway.',
    registers: [this.registry]
  })
  readonly #firstToken = new Histogram({
    name: 'p2pai_first_token_seconds',
    help: 'Time from a request to its first token.',
    labelNames: ['route'],
    buckets: FIRST_TOKEN_SECONDS,
    registers: [this.registry]
  })
  #isWatching = false

  /** Adds what the node tells of itself. More than one door of a node may ask for it. */
  watch(node: NodeControl): this {
    if (!this.#isWatching) watchNode(this.registry, node)
    this.#isWatching = true
    return this
  }

  /** A request was answered. `route` is a path with placeholders. */
  answered(route: string, method: string, status: number): void {
    this.#requests.inc({ route, method, status: String(status) })
  }

  received(route: string, bytes: number): void {
    this.#received.inc({ route }, bytes)
  }

  sent(route: string, bytes: number): void {
    this.#sent.inc({ route }, bytes)
  }

  /** `code` is from the error table or of the gateway's own failures. */
  refused(route: string, code: string, attempts: readonly Attempt[] = []): void {
    this.#refusals.inc({ reason: code })
    this.#outcomes.inc({ route, outcome: code })
    this.#countFailed(attempts)
  }

  firstToken(route: string, durationMs: number): void {
    this.#firstToken.observe({ route }, durationMs / 1000)
  }

  /** Answers under way are one more or one less. */
  inFlight(change: 1 | -1): void {
    this.#inFlight.inc(change)
  }

  /** Texts were turned into vectors or ranked. */
  read(route: string, tokens: number): void {
    this.#tokens.inc({ kind: 'prompt' }, tokens)
    this.#outcomes.inc({ route, outcome: 'ok' })
  }

  /** An answer is whole. */
  ended(route: string, { usage, attempts = [] }: EndEvent): void {
    this.#tokens.inc({ kind: 'prompt' }, usage.promptTokens)
    this.#tokens.inc({ kind: 'cached' }, usage.cachedPromptTokens)
    this.#tokens.inc({ kind: 'completion' }, usage.completionTokens)
    this.#tokens.inc({ kind: 'thought' }, usage.thoughtTokens ?? 0)
    this.#outcomes.inc({ route, outcome: 'ok' })
    this.#countFailed(attempts)
  }

  /** All counts in Prometheus's text format, and its media type. */
  async text(): Promise<{ text: string; contentType: string }> {
    return { text: await this.registry.metrics(), contentType: this.registry.contentType }
  }

  #countFailed(attempts: readonly Attempt[]): void {
    this.#failovers.inc(attempts.filter(({ outcome }) => !NO_FAILURE.has(outcome)).length)
  }

  #counter<Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] })
  }
}
