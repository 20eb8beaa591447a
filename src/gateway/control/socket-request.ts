import { connect } from 'node:net'
import { DaemonNotRunningError, ProviderLostError, toP2paiError } from '../../interface/index.ts'
import { ByteReader } from './byte-reader.ts'
import { CONTROL_BASE, failureFromWire, type WireFailure } from './wire.ts'

/** One call over the control socket. */
export interface SocketCall {
  socket: string
  method: 'GET' | 'POST'
  path: string
  body?: unknown
  signal?: AbortSignal | undefined
}

/** An answer whose head has come. */
export interface SocketAnswer {
  headers: Map<string, string>
  /** Can be read once; leaving it early closes the connection. */
  body: AsyncGenerator<Buffer>
}

/** Codes of a socket that nobody serves. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTSOCK', 'EPIPE', 'ECONNRESET'])

/**
 * Sends a call and returns the answer when its head is there. Throws what the daemon says in `error`.
 * Speaks the little HTTP that it needs itself: loading `node:http` takes longer than a whole call.
 */
export async function callSocket({
  socket: path,
  method,
  path: route,
  body,
  signal
}: SocketCall): Promise<SocketAnswer> {
  const socket = connect({ path, ...(signal && { signal }) })
  const text = body === undefined ? '' : JSON.stringify(body)
  socket.write(
    `${method} ${CONTROL_BASE}${route} HTTP/1.1\r\nhost: p2pai\r\nconnection: close\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
  )
  let status: number
  let answer: SocketAnswer
  try {
    const reader = new ByteReader(socket)
    status = Number((await reader.line()).split(' ')[1])
    const headers = await readHeaders(reader)
    answer = { headers, body: readBody(reader, headers, () => socket.destroy()) }
  } catch (error) {
    socket.destroy()
    if (signal?.aborted) throw toP2paiError(signal.reason)
    const { code } = error as NodeJS.ErrnoException
    if (code !== undefined && !NOBODY.has(code)) throw error
    throw new DaemonNotRunningError('no daemon is running; start one with: p2pai serve', { cause: error })
  }
  if (status < 400) return answer
  throw failureFromWire((await readJson<{ error: WireFailure }>(answer)).error)
}

/** The body of an answer as JSON. */
export async function readJson<T>({ body }: SocketAnswer): Promise<T> {
  const pieces: Buffer[] = []
  for await (const piece of body) pieces.push(piece)
  return JSON.parse(Buffer.concat(pieces).toString()) as T
}

/** The lines of an answer as they come. Throws `ProviderLostError` when the daemon goes away in between. */
export async function* readLines({ body }: SocketAnswer, signal?: AbortSignal): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let pending = ''
  try {
    for await (const piece of body) {
      const lines = (pending + decoder.decode(piece, { stream: true })).split('\n')
      pending = lines.pop() ?? ''
      yield* lines
    }
  } catch (error) {
    if (signal?.aborted) throw toP2paiError(signal.reason)
    throw new ProviderLostError('the daemon went away before the answer was complete', { cause: error })
  }
}

async function readHeaders(reader: ByteReader): Promise<Map<string, string>> {
  const headers = new Map<string, string>()
  for (let line = await reader.line(); line !== ''; line = await reader.line()) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return headers
}

/** A body is in chunks, or as long as its head says; the daemon sends no other. */
async function* readBody(reader: ByteReader, headers: Map<string, string>, close: () => void): AsyncGenerator<Buffer> {
  try {
    if (headers.get('transfer-encoding') !== 'chunked') {
      yield* reader.take(Number(headers.get('content-length') ?? 0))
      return
    }
    for (;;) {
      const length = Number.parseInt(await reader.line(), 16)
      if (length === 0) return
      yield* reader.take(length)
      await reader.line()
    }
  } finally {
    close()
  }
}
