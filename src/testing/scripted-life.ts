import {
  EngineCrashedError,
  EngineStoppedError,
  MAX_DEADLINE_MS,
  throwIfAborted,
  timeLimit,
  toP2paiError
} from '../interface/index.ts'
import type { ScriptedFailure } from './scripted-options.ts'

/** What may end the requests of a scripted engine: its crashes, its end, and what each of them brings along. */
export class ScriptedLife {
  /** How it fails from now on. */
  failure: ScriptedFailure | undefined
  restarts = 0
  readonly #closing = new AbortController()
  #crash = new AbortController()

  constructor(failure: ScriptedFailure | undefined) {
    this.failure = failure
  }

  close(): void {
    this.#closing.abort(new EngineStoppedError('the engine was closed'))
  }

  throwIfClosed(): void {
    throwIfAborted(this.#closing.signal)
  }

  /** Fires when the request is to end, for whatever reason. */
  signalFor(given: AbortSignal | undefined, deadlineMs: number | undefined): AbortSignal {
    const deadline = deadlineMs === undefined ? [] : [timeLimit(Math.min(deadlineMs, MAX_DEADLINE_MS))]
    return AbortSignal.any([this.#closing.signal, this.#crash.signal, ...(given ? [given] : []), ...deadline])
  }

  /** Crashes or hangs, if it is to do so after so many tokens or texts. */
  async goWrong(done: number, signal: AbortSignal): Promise<void> {
    const { failure } = this
    if (failure === undefined || failure.type === 'no-progress' || done !== failure.afterTokens) return
    if (failure.type === 'crash') {
      this.restarts++
      const crash = this.#crash
      this.#crash = new AbortController()
      crash.abort(new EngineCrashedError('the scripted engine crashed'))
      throwIfAborted(signal)
    }
    await new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(toP2paiError(signal.reason)), { once: true })
    })
  }
}
