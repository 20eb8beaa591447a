import {
  BadModelError,
  EngineCrashedError,
  EngineStoppedError,
  errorFromCode,
  ModelQuarantinedError,
  type ModelState,
  type P2paiError,
  toP2paiError
} from '../../interface/index.ts'
import { ChildLife } from './child-life.ts'
import { CRASHES_TO_QUARANTINE, CrashLedger } from './crash-ledger.ts'
import type { FromChild, Heartbeat, LoadOptions, LoadReport, ToChild } from './ipc.ts'
import { LoadRetry } from './load-retry.ts'

/** Loading that gets nowhere for this long has hung. */
const LOAD_SILENCE_MS = 120_000
/** Longer pauses before a restart are told: nobody should wait for an engine that rests. */
const MAX_QUIET_PAUSE_MS = 2000
const CLOSE_GRACE_MS = 5000

/** What the supervisor needs of the engine. */
export interface SupervisorInit {
  /** Checks the file again and says how to load it. Throws `BadModelError`. */
  prepareLoad(): Promise<LoadOptions>
  onMessage(message: FromChild): void
  onStateChange(): void
  /** The process died. Returns hashes of the requests that it was answering. */
  onCrash(error: P2paiError): string[]
  /** Nothing can be answered for now. */
  onUnusable(error: P2paiError): void
  onQuarantine(): void
  log(level: 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>): void
}

/** Keeps one engine process alive: starts it, watches it, starts it again, and gives up on a model that kills it. */
export class Supervisor {
  readonly ledger = new CrashLedger()
  readonly #init: SupervisorInit
  #life: ChildLife | undefined
  #state: ModelState
  #closed = false
  #restarts = 0
  #lives = 0
  /** The process that was unloaded, until it is gone: two at once would need the memory twice. */
  #leaving: Promise<void> = Promise.resolve()
  #failedLoads = 0
  #starting = false
  readonly #retry = new LoadRetry(() => void this.#start())
  #restartTimer: NodeJS.Timeout | undefined
  #load = { percent: -1, changedAtMs: 0 }
  /** Why nothing can be answered; undefined while it can. */
  error: P2paiError | undefined
  report: LoadReport | undefined
  beat: Heartbeat | undefined

  constructor(init: SupervisorInit, quarantined: boolean) {
    this.#init = init
    this.#state = quarantined ? 'quarantined' : 'cold'
    if (quarantined) this.error = quarantineError()
  }

  get state(): ModelState {
    return this.#state
  }

  get restarts(): number {
    return this.#restarts
  }

  get processId(): number | undefined {
    return this.#life?.processId
  }

  /** Numbers the lives of the process; what one life knows, the next one does not. */
  get life(): number {
    return this.#lives
  }

  /** Whether a start is under way; until it is over, `error` is that of the start before it. */
  get starting(): boolean {
    return !this.#closed && (this.#starting || this.#state === 'loading')
  }

  /** Starts the process unless it runs, will run soon, or cannot. `now`: also when it has just failed. */
  ensure(now = false): void {
    if (this.#closed || this.#life !== undefined || this.#restartTimer !== undefined) return
    if (this.#state === 'quarantined' || this.starting) return
    if (this.#state === 'failed' && !now && !this.#retry.due) return
    void this.#start()
  }

  /** Ends the process until it is wanted again, and returns when it is gone. A model that failed is cold again, too. */
  async unload(): Promise<void> {
    if (this.#closed || this.#state === 'quarantined' || this.starting) return
    clearTimeout(this.#restartTimer)
    this.#restartTimer = undefined
    this.#retry.stop()
    const life = this.#life
    this.#life = undefined
    this.error = undefined
    this.beat = undefined
    if (life !== undefined) {
      this.#lives++
      this.#leaving = life.close(CLOSE_GRACE_MS)
    }
    if (this.#state !== 'cold') this.#change('cold')
    await this.#leaving
  }

  send(message: ToChild): void {
    this.#life?.send(message)
  }

  /** Ends the process and starts none again. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#restartTimer)
    this.#retry.stop()
    this.error ??= new EngineStoppedError('the engine was closed')
    const life = this.#life
    if (life !== undefined) await life.close(CLOSE_GRACE_MS)
    await this.#leaving
  }

  async #start(): Promise<void> {
    if (this.#closed) return
    this.#retry.stop()
    this.#starting = true
    // A model that failed stays so until its file is found good, or every retry would be advertised as a hope.
    if (this.#state !== 'failed') this.#loading()
    try {
      const options = await this.#init.prepareLoad()
      await this.#leaving
      if (this.#closed) return
      if (this.#state === 'failed') this.#loading()
      this.#load = { percent: -1, changedAtMs: performance.now() }
      // A life that was given up says no more: its successor may be there already.
      const life: ChildLife = new ChildLife({
        onMessage: message => {
          if (this.#life === life) this.#receive(message)
        },
        onExit: (reason, lastLine) => {
          if (this.#life === life) this.#ended(reason, lastLine)
        }
      })
      this.#life = life
      life.send({ type: 'load', options })
    } catch (error) {
      this.#fail(toP2paiError(error))
    } finally {
      this.#starting = false
    }
  }

  #loading(): void {
    this.error = undefined
    this.#change('loading')
  }

  #receive(message: FromChild): void {
    if (message.type === 'loaded') {
      this.report = message.report
      this.#failedLoads = 0
      this.#retry.succeeded()
      const { calibration: _measured, ...facts } = message.report
      const decodeTokensPerSecond = Math.round(facts.decodeTokensPerSecond * 10) / 10
      this.#init.log('info', 'engine:loaded', { ...facts, decodeTokensPerSecond })
      this.#change('warm')
    } else if (message.type === 'load-failed') {
      const { code, message: text, details } = message.error
      this.#fail(errorFromCode(code, text, details))
    } else if (message.type === 'beat') {
      this.beat = message
      if (this.#state === 'loading') this.#checkLoad(message.loadPercent)
    }
    this.#init.onMessage(message)
  }

  #checkLoad(percent: number): void {
    const nowMs = performance.now()
    if (percent !== this.#load.percent) this.#load = { percent, changedAtMs: nowMs }
    else if (nowMs - this.#load.changedAtMs > LOAD_SILENCE_MS) this.#life?.kill('loading came to a halt')
  }

  /** The model did not load, in good order. */
  #fail(error: P2paiError): void {
    const life = this.#life
    this.#life = undefined
    life?.kill('the model did not load')
    if (this.#closed) return
    this.#starting = false
    this.error = error
    const retryInMs = this.#retry.failed()
    this.#init.log('error', 'engine:load-failed', { code: error.code, reason: error.message, retryInMs })
    this.#change('failed')
    this.#init.onUnusable(error)
  }

  #ended(reason: string, lastLine: string): void {
    const loading = this.#state === 'loading'
    this.#life = undefined
    if (this.#closed) return
    this.beat = undefined
    this.#restarts++
    this.#lives++
    const error = new EngineCrashedError(`the engine's process died (${reason})`)
    this.#init.log('error', 'engine:died', { reason, lastLine, loading })
    const verdict = this.ledger.record(this.#init.onCrash(error), performance.now())
    if (verdict.quarantine) this.#quarantine()
    else if (loading && ++this.#failedLoads >= CRASHES_TO_QUARANTINE) {
      this.#failedLoads = 0
      this.#fail(new BadModelError(`the model does not load: its process died (${reason})`))
    } else this.#restartIn(verdict.delayMs, error)
  }

  #restartIn(delayMs: number, crash: P2paiError): void {
    this.#restartTimer = setTimeout(() => {
      this.#restartTimer = undefined
      if (!this.#closed) void this.#start()
    }, delayMs)
    if (delayMs <= MAX_QUIET_PAUSE_MS) {
      this.#change('cold')
      return
    }
    this.error = new EngineCrashedError(`${crash.message} and is started again in ${delayMs / 1000} s`, {
      details: { retryAfterMs: delayMs }
    })
    this.#change('failed')
    this.#init.onUnusable(this.error)
  }

  #quarantine(): void {
    this.error = quarantineError()
    this.#init.log('error', 'engine:quarantined')
    this.#change('quarantined')
    this.#init.onQuarantine()
    this.#init.onUnusable(this.error)
  }

  #change(state: ModelState): void {
    this.#state = state
    this.#init.onStateChange()
  }
}

function quarantineError(): ModelQuarantinedError {
  return new ModelQuarantinedError(
    `the model crashed its engine ${CRASHES_TO_QUARANTINE} times within 10 minutes and is not served for a day`
  )
}
