import { EngineStoppedError, type P2paiError, timeLimit, toP2paiError } from '../../interface/index.ts'
import type { ServerFacts } from './server-facts.ts'

const FIRST_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 30_000
/** One look: a listing, and a small question for each model. */
const LOOK_TIMEOUT_MS = 15_000

/** What the watch needs. */
export interface ServerWatchInit {
  look: (signal: AbortSignal) => Promise<ServerFacts>
  /** Between two looks while all is well. */
  refreshMs: number
  /** Something that others see has changed. */
  onChange: () => void
  /** The server went away, `undefined`: it came back. */
  onTurn: (error: P2paiError | undefined, facts: ServerFacts | undefined) => void
}

/** Looks at a server again and again: slowly while it is there, at once and then less and less often while it is not. */
export class ServerWatch {
  readonly #init: ServerWatchInit
  readonly #closing = new AbortController()
  #facts: ServerFacts | undefined
  #error: P2paiError | undefined = new EngineStoppedError('the server behind this node was not reached yet')
  #pauseMs = FIRST_PAUSE_MS
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> | undefined
  #hasLooked = false

  constructor(init: ServerWatchInit) {
    this.#init = init
  }

  /** What the last good look brought; stays while the server is away. */
  get facts(): ServerFacts | undefined {
    return this.#facts
  }

  /** Why the server cannot be asked now. */
  get error(): P2paiError | undefined {
    return this.#error
  }

  /** Looks now, or joins the look under way. Never rejects: see `error`. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** A request found the server gone: nobody else should be sent there. */
  failed(error: P2paiError): void {
    if (this.#closing.signal.aborted || this.#error !== undefined) return
    this.#settle(error)
    this.#schedule(0)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closing.abort(new EngineStoppedError('the engine was closed'))
  }

  async #look(): Promise<void> {
    if (this.#closing.signal.aborted) return
    clearTimeout(this.#timer)
    const signal = AbortSignal.any([this.#closing.signal, timeLimit(LOOK_TIMEOUT_MS)])
    try {
      const facts = await this.#init.look(signal)
      const isNews = JSON.stringify(facts) !== JSON.stringify(this.#facts)
      this.#facts = facts
      this.#pauseMs = FIRST_PAUSE_MS
      this.#settle(undefined, isNews)
      this.#schedule(this.#init.refreshMs)
    } catch (error) {
      const isTimeout = error instanceof Error && error.name === 'TimeoutError'
      this.#settle(
        isTimeout ? new EngineStoppedError('the server behind this node does not answer') : toP2paiError(error)
      )
      this.#schedule(this.#pauseMs)
      this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2)
    }
  }

  #settle(error: P2paiError | undefined, isNews = false): void {
    if (this.#closing.signal.aborted) return
    const hasTurned = !this.#hasLooked || (error === undefined) !== (this.#error === undefined)
    this.#hasLooked = true
    this.#error = error
    if (hasTurned) this.#init.onTurn(error, this.#facts)
    if (hasTurned || isNews) this.#init.onChange()
  }

  #schedule(pauseMs: number): void {
    clearTimeout(this.#timer)
    if (this.#closing.signal.aborted) return
    this.#timer = setTimeout(() => void this.look(), pauseMs)
    // Watching alone is no reason for a process to stay.
    this.#timer.unref()
  }
}
