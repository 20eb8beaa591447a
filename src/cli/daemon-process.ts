import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { AbortedError, type ErrorDetails, errorFromCode, InternalError } from '../index.ts'

/** The command itself, two folders up in `src` and in `dist` alike. */
export const PROGRAM = fileURLToPath(new URL('../../bin/p2pai.js', import.meta.url))

/** Enough of stderr for an error in one line. */
const MAX_COMPLAINT_CHARACTERS = 10_000

/** What a daemon tells when it is up. */
export interface DaemonReadyEvent {
  peerId: string
  addresses: string[]
  models: { name: string }[]
  api?: string
  pid: number
}

/** A daemon in a process of its own. */
export interface DaemonProcess {
  child: ChildProcess
  ready: DaemonReadyEvent
}

/** How a daemon is started. */
export interface DaemonProcessInit {
  env: NodeJS.ProcessEnv
  /** It goes on without this process. @default false */
  detached?: boolean
  signal: AbortSignal
  /** Hears the lines of its log until it is up. */
  onLine?: (line: string) => void
}

/**
 * Starts `p2pai serve` with these words in a process of its own, and returns when it is up. Throws what the daemon
 * failed with, and `AbortedError` when `signal` aborts before; no process is left then.
 */
export async function startDaemonProcess(
  words: string[],
  { env, detached = false, signal, onLine }: DaemonProcessInit
): Promise<DaemonProcess> {
  const child = spawn(process.execPath, [PROGRAM, ...words, '--log-format=json'], {
    env,
    detached,
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const complaint = lastComplaint(child)
  const end = (): void => void child.kill('SIGTERM')
  signal.addEventListener('abort', end, { once: true })
  try {
    const ready = await untilReady(child, onLine)
    if (ready !== undefined) return { child, ready }
    if (signal.aborted) throw new AbortedError('interrupted')
    throw await complaint()
  } catch (error) {
    end()
    throw error
  } finally {
    signal.removeEventListener('abort', end)
  }
}

/** The ready event; undefined when the process ended without one. */
async function untilReady(
  child: ChildProcess,
  onLine: DaemonProcessInit['onLine']
): Promise<DaemonReadyEvent | undefined> {
  if (child.stdout === null) throw new InternalError('the daemon has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as DaemonReadyEvent & { event: string }
    if (entry.event !== 'ready') {
      onLine?.(line)
      continue
    }
    // What follows is read and dropped, so that a full pipe cannot stop the daemon.
    child.stdout.resume()
    return entry
  }
  return undefined
}

/** Reads what the daemon says on stderr, and gives the last line of it as the error that it is. */
function lastComplaint(child: ChildProcess): () => Promise<Error> {
  // Last words may come after the process has ended.
  const closed = child.exitCode === null ? once(child, 'close') : undefined
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_COMPLAINT_CHARACTERS)
  })
  return async () => {
    await closed
    const line = text.trimEnd().split('\n').at(-1) ?? ''
    try {
      const { code, message, retryable: _, ...details } = JSON.parse(line).error as Record<string, unknown>
      return errorFromCode(String(code), String(message), details as ErrorDetails)
    } catch {
      // Not every end is an error of p2pai's own, in JSON.
      return new InternalError(`the daemon did not start: ${line || 'it ended without a word'}`)
    }
  }
}
