import { type ChildProcess, fork } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import os from 'node:os'
import type { FromChild, ToChild } from './ipc.ts'

/** A child that tells nothing for this long is taken for hung and killed. */
const SILENCE_MS = 10_000
const WATCH_MS = 1000
/** How long a channel may outlive its process. */
const CHANNEL_GRACE_MS = 500
/** The daemon's own work goes first. */
const CHILD_PRIORITY = 10
/** Bound on the JavaScript heap, in MiB: a header that claims the world ends the child, not the machine. */
const MAX_HEAP_MEBIBYTES = 1024
const MAX_LINE_LENGTH = 300
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/** What a process is watched for. */
export interface ChildLifeInit {
  onMessage(message: FromChild): void
  /** Called exactly once. `reason` is fit to show: a signal, an exit code, or why it was killed. */
  onExit(reason: string, lastLine: string): void
}

/** One life of an engine process, from fork to exit. */
export class ChildLife {
  readonly #process: ChildProcess
  readonly #watch: NodeJS.Timeout
  readonly #exited = Promise.withResolvers<void>()
  #killReason = ''
  #lastLine = ''
  #lastSignMs = performance.now()
  #lastWatchMs = performance.now()
  #ended = false

  constructor(init: ChildLifeInit) {
    const { NODE_OPTIONS: _ours, ...environment } = process.env
    // What the command has compiled once, its engines need not compile at each start.
    const cache = getCompileCacheDir()
    if (cache !== undefined) environment.NODE_COMPILE_CACHE = cache
    this.#process = fork(new URL(`./child/main.${EXTENSION}`, import.meta.url), [], {
      serialization: 'advanced',
      // Flags of this process, such as a debugger's port, are not for the child.
      execArgv: [`--max-old-space-size=${MAX_HEAP_MEBIBYTES}`],
      // An assertion in the library must end the child at once, not after a debugger has run over it.
      env: { ...environment, GGML_NO_BACKTRACE: '1', UV_THREADPOOL_SIZE: '8' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc']
    })
    this.#process.on('message', (message: FromChild) => {
      this.#lastSignMs = performance.now()
      if (!this.#ended) init.onMessage(message)
    })
    const end = (reason: string) => {
      if (this.#ended) return
      this.#ended = true
      clearInterval(this.#watch)
      this.#exited.resolve()
      init.onExit(this.#killReason || reason, this.#lastLine)
    }
    this.#process.on('exit', (code, signal) => {
      const reason = signal ?? `exit code ${code}`
      // What the child said last is still in the channel; its end comes after it.
      if (!this.#process.connected) end(reason)
      this.#process.on('disconnect', () => end(reason))
      setTimeout(() => end(reason), CHANNEL_GRACE_MS).unref()
    })
    this.#process.on('error', error => end(error.message))
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastLine = text.trim().split('\n').at(-1)?.slice(0, MAX_LINE_LENGTH) ?? this.#lastLine
    })
    this.#watch = setInterval(() => this.#checkSilence(), WATCH_MS)
    this.#watch.unref()
    this.#lowerPriority()
  }

  /** Process id; undefined when it could not be started. */
  get processId(): number | undefined {
    return this.#process.pid
  }

  /** Resolves when the process is gone. */
  get exited(): Promise<void> {
    return this.#exited.promise
  }

  /** Sends a message; one to a process that is gone is dropped, `onExit` tells of that. */
  send(message: ToChild): void {
    if (!this.#process.connected) return
    this.#process.send(message, error => {
      if (error !== null) this.kill('its channel is broken')
    })
  }

  /** Ends the process at once. */
  kill(reason: string): void {
    if (this.#ended) return
    this.#killReason ||= reason
    this.#process.kill('SIGKILL')
  }

  /** Lets the process free what it holds, and kills it when that takes longer than `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.send({ type: 'close' })
    const timer = setTimeout(() => this.kill('it did not end in time'), graceMs)
    await this.exited
    clearTimeout(timer)
  }

  #checkSilence(): void {
    const nowMs = performance.now()
    // After a sleep of the whole machine the child has had no time to speak either.
    if (nowMs - this.#lastWatchMs > 3 * WATCH_MS) this.#lastSignMs = nowMs
    this.#lastWatchMs = nowMs
    if (nowMs - this.#lastSignMs > SILENCE_MS) this.kill(`no sign of life for ${SILENCE_MS / 1000} s`)
  }

  #lowerPriority(): void {
    try {
      if (this.#process.pid !== undefined) os.setPriority(this.#process.pid, CHILD_PRIORITY)
    } catch (error) {
      // Without it the model only competes harder; the process may also be gone already.
      this.#lastLine = String(error)
    }
  }
}
