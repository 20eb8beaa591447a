import { appendFile, mkdir, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Weeks of an ordinary daemon; with five files at most 25 MiB of the disk. */
const MAX_LOG_BYTES = 5 << 20
/** Lines that wait while the disk is slow. More are counted and left out: memory must not grow for a log. */
const MAX_PENDING_LINES = 2_000

/** What can be changed for a test. */
export interface LogFileInit {
  /** @default 5 MiB */
  maxBytes?: number
  /** Called once when lines cannot be written, and not again until one could. @default nothing */
  onProblem?: (error: unknown) => void
}

/**
 * A file of lines that keeps itself small: full, it takes the name of the one before it, and the oldest goes.
 * Writing returns at once and never fails: what a full disk swallowed is counted, and told in the file when it can be.
 */
export class LogFile {
  readonly #path: string
  readonly #older: string[]
  readonly #maxBytes: number
  readonly #onProblem: (error: unknown) => void
  #pending: string[] = []
  #work: Promise<void> | undefined
  #sizeBytes: number | undefined
  #lost = 0
  #isBroken = false

  /** `files` are the one to write and those to keep, newest first. */
  constructor(
    files: readonly [string, ...string[]],
    { maxBytes = MAX_LOG_BYTES, onProblem = () => undefined }: LogFileInit = {}
  ) {
    const [path, ...older] = files
    this.#path = path
    this.#older = older
    this.#maxBytes = maxBytes
    this.#onProblem = onProblem
  }

  /** Adds a line, given without its end. */
  write(line: string): void {
    if (this.#pending.length >= MAX_PENDING_LINES) this.#lost++
    else this.#pending.push(line)
    this.#work ??= this.#drain()
  }

  /** Returns when all lines so far are written or lost. */
  async flush(): Promise<void> {
    while (this.#work !== undefined) await this.#work
  }

  async #drain(): Promise<void> {
    // Lines of one moment are written together.
    await undefined
    while (this.#pending.length > 0) {
      const lines = this.#pending.splice(0)
      try {
        await this.#append(lines)
      } catch (error) {
        this.#lost += lines.length
        // A file that cannot be measured or moved now may be another one later.
        this.#sizeBytes = undefined
        if (!this.#isBroken) this.#onProblem(error)
        this.#isBroken = true
      }
    }
    this.#work = undefined
  }

  async #append(lines: string[]): Promise<void> {
    this.#sizeBytes ??= await this.#open()
    const told = this.#lost > 0 ? [lostLine(this.#lost)] : []
    // Half a line may be left of what did not fit.
    const text = `${this.#isBroken ? '\n' : ''}${[...told, ...lines].join('\n')}\n`
    const bytes = Buffer.byteLength(text)
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes > this.#maxBytes) {
      await this.#rotate()
      this.#sizeBytes = 0
    }
    await appendFile(this.#path, text, { mode: 0o600 })
    this.#sizeBytes += bytes
    this.#lost = 0
    this.#isBroken = false
  }

  /** Makes sure of the folder. Returns what the file has already. */
  async #open(): Promise<number> {
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    try {
      return (await stat(this.#path)).size
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0
      throw error
    }
  }

  async #rotate(): Promise<void> {
    const names = [this.#path, ...this.#older]
    for (const [at, older] of [...this.#older.entries()].reverse()) {
      try {
        await rename(names[at] ?? this.#path, older)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
  }
}

function lostLine(count: number): string {
  return JSON.stringify({ time: new Date().toISOString(), level: 'warn', event: 'log lines lost', count })
}
