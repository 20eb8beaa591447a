import { InternalError, type NodeLog } from '../index.ts'

/** What streams and connections throw when the other side goes away at the wrong moment. */
const CONNECTION_ERRORS = new Set([
  'StreamStateError',
  'StreamResetError',
  'StreamClosedError',
  'StreamAbortedError',
  'ConnectionClosedError',
  'ConnectionClosingError',
  'ConnectionFailedError',
  'MuxerClosedError',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH'
])

/**
 * Decides about exceptions that nobody caught, instead of letting any of them end a daemon with a stack trace. A
 * connection that broke concerns one peer: it is counted and logged, and the daemon goes on. After anything else nobody
 * knows what state the program is in: it is logged, and the signal returned here asks for an orderly end.
 */
export function outliveConnectionErrors(log: NodeLog): AbortSignal {
  const end = new AbortController()
  let count = 0
  process.on('uncaughtException', (thrown: unknown) => {
    const error = inOneLine(thrown)
    if (isConnectionError(thrown)) {
      count++
      log('warn', 'connection error', { count, error })
      return
    }
    log('error', end.signal.aborted ? 'uncaught exception' : 'uncaught exception, stopping', { error })
    end.abort(new InternalError(`uncaught exception: ${error}`, { cause: thrown }))
  })
  return end.signal
}

/** Libraries throw errors, or events that carry one. */
function isConnectionError(thrown: unknown): boolean {
  const { name, code, error } = Object(thrown) as { name?: unknown; code?: unknown; error?: unknown }
  if ([name, code].some(mark => typeof mark === 'string' && CONNECTION_ERRORS.has(mark))) return true
  return error !== undefined && error !== thrown && error instanceof Error && isConnectionError(error)
}

/** The error with the place that threw it: a message alone rarely leads to a defect. */
function inOneLine(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const place = thrown.stack
    ?.split('\n')
    .find(line => /^\s+at /.test(line))
    ?.trim()
  return `${thrown.name}: ${thrown.message.split('\n', 1)[0]}${place ? ` ${place}` : ''}`
}
