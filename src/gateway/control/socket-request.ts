import { type IncomingMessage, request } from 'node:http'
import { DaemonNotRunningError, ProviderLostError, toP2paiError } from '../../interface/index.ts'
import { CONTROL_BASE, failureFromWire, type WireFailure } from './wire.ts'

/** One call over the control socket. */
export interface SocketCall {
  socket: string
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  signal?: AbortSignal | undefined
}

/** Codes of a socket that nobody serves. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTSOCK', 'EPIPE', 'ECONNRESET'])

/** Sends a call and returns the answer when its head is there. Throws what the daemon says in `error`. */
export async function callSocket({ socket, method, path, body, signal }: SocketCall): Promise<IncomingMessage> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const outgoing = request({
      socketPath: socket,
      method,
      path: CONTROL_BASE + path,
      agent: false,
      headers:
        text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) },
      ...(signal && { signal })
    })
    outgoing.once('response', resolve)
    outgoing.once('error', reject)
    outgoing.end(text)
  }).catch((error: NodeJS.ErrnoException) => {
    if (signal?.aborted) throw toP2paiError(signal.reason)
    if (!NOBODY.has(error.code ?? '')) throw error
    throw new DaemonNotRunningError('no daemon is running; start one with: p2pai serve', { cause: error })
  })
  if ((response.statusCode ?? 500) < 400) return response
  throw failureFromWire((await readJson<{ error: WireFailure }>(response)).error)
}

/** The body of an answer as JSON. */
export async function readJson<T>(response: IncomingMessage): Promise<T> {
  return JSON.parse(await readText(response)) as T
}

/** The lines of an answer as they come. Throws `ProviderLostError` when the daemon goes away in between. */
export async function* readLines(response: IncomingMessage, signal?: AbortSignal): AsyncGenerator<string> {
  response.setEncoding('utf8')
  let pending = ''
  try {
    for await (const chunk of response as AsyncIterable<string>) {
      const lines = (pending + chunk).split('\n')
      pending = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    if (signal?.aborted) throw toP2paiError(signal.reason)
    throw new ProviderLostError('the daemon went away before the answer was complete', { cause: error })
  } finally {
    response.destroy()
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8')
  let text = ''
  for await (const chunk of response as AsyncIterable<string>) text += chunk
  return text
}
