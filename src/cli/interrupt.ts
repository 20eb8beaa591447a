import { AbortedError } from '../index.ts'

/** Exit codes of shells: 128 and the signal's number. */
const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const

/** Signals to this process, as an `AbortSignal`. */
export interface Interrupt {
  readonly signal: AbortSignal
  /** The exit code of the signal that came, if one came. */
  readonly exitCode: number | undefined
  /** Gives Ctrl-C to somebody else, until the function that is returned gives it back to whoever had it before. */
  divert(listener: () => void): () => void
}

/** Turns the first signal into an abort, so that work elsewhere ends too. The second one ends the process at once. */
export function catchInterrupts(): Interrupt {
  const controller = new AbortController()
  let exitCode: number | undefined
  let diverted: (() => void)[] = []
  for (const [name, code] of Object.entries(EXIT_CODES)) {
    process.on(name, () => {
      const listener = name === 'SIGINT' ? diverted.at(-1) : undefined
      if (listener !== undefined) return listener()
      if (exitCode !== undefined) process.exit(code)
      exitCode = code
      controller.abort(new AbortedError('interrupted'))
    })
  }
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    divert(listener) {
      diverted = [...diverted, listener]
      return () => {
        diverted = diverted.filter(other => other !== listener)
      }
    }
  }
}
