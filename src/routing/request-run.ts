import {
  type EngineEvent,
  errorFromCode,
  type GenerateOptions,
  type GenerateRequest,
  type P2paiError,
  ProtocolError,
  type RemoteGenerate,
  throwIfAborted,
  toP2paiError
} from '../interface/index.ts'
import { blame } from './blame.ts'
import type { Choice } from './choose.ts'
import { withRemainingTime } from './deadline.ts'
import { Delivered, resumeRule } from './delivered.ts'
import type { FailedAttempt } from './give-up.ts'
import { ProviderSearch, type ProviderSearchInit } from './provider-search.ts'

/** Providers asked for one part of an answer before it is given up, as in `routing.md` 3.5. Busy ones do not count in its middle. */
const MAX_ATTEMPTS = 6
/** How often one answer goes on elsewhere. Each time it had got further, so this bounds the prompts that are read again. */
const MAX_RESUMES = 8
/** How long a reader waits in the middle of an answer while nobody who could go on is known: a line that comes back. */
const LONELY_GAP_MS = 6_000
/** The same while those who could are busy. */
const BUSY_GAP_MS = 60_000
/** Between two rounds in a gap, unless a provider said when to come back. */
const GAP_PAUSE_MS = 500

/** What a request run needs. */
export interface RequestRunInit extends ProviderSearchInit {
  remote: RemoteGenerate
  /** For logs: never sees content. */
  onAttempt?: (peerId: string, outcome: string) => void
}

/** One request on its way through the network: picks who answers, and who goes on when that one is lost. */
export class RequestRun {
  /** All that failed, in order. */
  readonly attempts: FailedAttempt[] = []
  readonly #init: RequestRunInit
  readonly #request: GenerateRequest
  readonly #options: GenerateOptions
  readonly #delivered: Delivered
  readonly #search: ProviderSearch
  readonly #startedAtMs = performance.now()
  /** Failures since the last token that was given out. */
  #gap: { failures: FailedAttempt[]; sinceMs: number } = { failures: [], sinceMs: this.#startedAtMs }
  #resumes = 0
  /** Whose tokens are given out. */
  #maker = { name: '', digest: '', quantization: '', parameterCount: 0 }

  constructor(init: RequestRunInit, request: GenerateRequest, options: GenerateOptions) {
    this.#init = init
    this.#request = request
    this.#options = options
    this.#delivered = new Delivered(request)
    this.#search = new ProviderSearch(init, { request, options, delivered: this.#delivered })
  }

  /** Yields the answer. Returns false when nobody gave one; throws when it may not be asked for again. */
  async *events(): AsyncGenerator<EngineEvent, boolean> {
    while (this.#mayTry()) {
      throwIfAborted(this.#options.signal)
      const choice = await this.#search.next(this.#gap.failures.some(isBusy))
      if (choice === undefined) {
        if (!(await this.#waitInGap())) break
        continue
      }
      const failure = yield* this.#attempt(choice)
      if (failure === undefined) return true
    }
    if (this.#delivered.isEmpty) return false
    throw this.#cutError()
  }

  #mayTry(): boolean {
    const { failures } = this.#gap
    return failures.filter(failure => this.#delivered.isEmpty || !isBusy(failure)).length < MAX_ATTEMPTS
  }

  /** Runs one attempt. Returns its failure while another may take over; throws when none may. */
  async *#attempt(choice: Choice): AsyncGenerator<EngineEvent, FailedAttempt | undefined> {
    const before = this.#delivered.tokens
    this.#delivered.next()
    try {
      for await (const event of this.#open(choice)) {
        // Before it is given out: most readers leave at the end, and nothing after it would run.
        if (event.type === 'end') this.#succeeded(choice.peerId)
        yield this.#forReader(event, choice)
        if (event.type === 'end') return undefined
      }
      throw new ProtocolError('the answer has no end')
    } catch (error) {
      const failure = toP2paiError(error)
      this.#init.onAttempt?.(choice.peerId, failure.code)
      // Nobody is to blame for what breaks while the asker leaves.
      if (!choice.isLocal && this.#options.signal?.aborted !== true) blame(this.#init, choice.peerId, failure)
      // Whatever broke then, the asker left or its time was over.
      throwIfAborted(this.#options.signal)
      return this.#afterFailure(choice, failure, this.#delivered.tokens > before)
    }
  }

  #open(choice: Choice): AsyncIterable<EngineEvent> {
    const { signal } = this.#options
    const request = this.#delivered.request(withRemainingTime(this.#request, this.#startedAtMs), choice.model?.digest)
    if (choice.isLocal) return this.#init.local.generate(request, this.#options)
    return this.#init.remote(choice.address, request, signal ?? new AbortController().signal)
  }

  #forReader(event: EngineEvent, choice: Choice): EngineEvent {
    if (event.type === 'accepted') {
      const { digest } = event.model
      if (!this.#delivered.isEmpty && choice.model !== undefined && digest !== choice.model.digest) {
        throw new ProtocolError('the provider goes on with another model than it advertised')
      }
      const isAdvertised = choice.model?.digest === digest
      this.#maker = { quantization: '', parameterCount: 0, ...event.model, ...(isAdvertised && choice.model) }
      return { ...event, provider: { peerId: choice.peerId } }
    }
    if (event.type === 'delta') this.#delivered.add(event, this.#maker)
    if (event.type !== 'end') return event
    const earlier = this.attempts.map(({ peerId, outcome }) => ({ peerId, outcome }))
    return { ...this.#delivered.whole(event), attempts: [...earlier, { peerId: choice.peerId, outcome: 'ok' }] }
  }

  #afterFailure(choice: Choice, error: P2paiError, hasDelivered: boolean): FailedAttempt {
    const failure: FailedAttempt = { peerId: choice.peerId, outcome: error.code, error }
    this.attempts.push(failure)
    if (hasDelivered) {
      this.#gap = { failures: [failure], sinceMs: performance.now() }
      this.#search.lose(choice)
      if (!resumeRule(this.#options.route ?? {}).isAllowed || ++this.#resumes > MAX_RESUMES) throw this.#cutError()
      return failure
    }
    this.#gap.failures.push(failure)
    // In the middle of an answer it says something about this provider: another one took the very same request.
    if (this.#delivered.isEmpty && !error.retryable) throw error
    return failure
  }

  /** Whether it makes sense to try again after a while. */
  async #waitInGap(): Promise<boolean> {
    if (this.#delivered.isEmpty || !this.#search.mayComeBack) return false
    const busy = this.#gap.failures.filter(isBusy)
    const leftMs = this.#gap.sinceMs + (busy.length > 0 ? BUSY_GAP_MS : LONELY_GAP_MS) - performance.now()
    if (leftMs <= 0) return false
    const pauseMs = Math.min(...busy.map(({ error }) => error.details.retryAfterMs ?? GAP_PAUSE_MS), GAP_PAUSE_MS)
    await this.#search.wait(Math.min(leftMs, pauseMs))
    return true
  }

  /** Why an answer stays cut: what happened to the one who gave its last part. */
  #cutError(): P2paiError {
    const { code, message, details } = this.#gap.failures[0]!.error
    const attempts = this.attempts.map(({ peerId, outcome }) => ({ peerId, outcome }))
    const others = attempts.length > 1 ? '; nobody else could go on' : ''
    return errorFromCode(code, `${message}${others}`, { ...details, attempts })
  }

  #succeeded(peerId: string): void {
    this.#init.suspects.clear(peerId)
    this.#init.onAttempt?.(peerId, 'ok')
  }
}

function isBusy({ error }: FailedAttempt): boolean {
  return error.code === 'busy'
}
