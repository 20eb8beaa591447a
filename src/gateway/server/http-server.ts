import { once } from 'node:events'
import { createServer, type Server, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import { AddressInUseError, InvalidRequestError } from '../../interface/index.ts'
import { openaiError } from '../openai/error-body.ts'
import type { ApiAddress } from './address.ts'

/** Connections at once: four for each answer under way. */
const MAX_CONNECTIONS = 256
/** Heads and bodies that come slower are not meant to be answered. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const CHECK_EVERY_MS = 2_000
/** How many ports after the default one are tried. */
const NEXT_PORTS = 32

/** What answers a request; it is given the server's own response too. */
export type Fetch = Parameters<typeof getRequestListener>[0]

/** Opens the server. Throws `AddressInUseError`, or `InvalidRequestError` for an address that is not this machine's. */
export async function openServer(fetch: Fetch, { host, port, isNamed }: ApiAddress): Promise<Server> {
  const server = createServer(
    {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS
    },
    listenerOf(fetch)
  )
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', refuseUnreadable)
  const last = isNamed ? port : port + NEXT_PORTS
  for (let candidate = port; candidate <= last; candidate++) {
    if (await listens(server, host, candidate)) return server
  }
  const what = isNamed ? `port ${port} of ${host} is` : `ports ${port} to ${last} of ${host} are`
  throw new AddressInUseError(`${what} taken; choose one with --api ADDR:PORT, or --api off`)
}

/** What a server calls for each request. Whoever embeds a node keeps the `Request` and `Response` that it has. */
export function listenerOf(fetch: Fetch): ReturnType<typeof getRequestListener> {
  return getRequestListener(fetch, { overrideGlobalObjects: false, errorHandler: badRequest })
}

/** False when the port is taken. */
async function listens(server: Server, host: string, port: number): Promise<boolean> {
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return false
    throw new InvalidRequestError(`cannot listen on ${host}:${port}: ${code ?? String(error)}`, {
      cause: error,
      details: { field: 'api' }
    })
  }
}

const UNREADABLE: Record<string, { status: number; text: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, text: 'the head of the request is too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, text: 'the request came too slowly' }
}

/** What is not HTTP never becomes a request; its client is told in the common form all the same. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, text } = UNREADABLE[error.code ?? ''] ?? { status: 400, text: 'this is not HTTP' }
  const body = JSON.stringify(openaiError({ status, code: 'invalid_request', message: text, mayRetry: false }))
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\nconnection: close`
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** Only what is no request at all comes here, such as a Host header that is none: no route can have been found. */
function badRequest(): Response {
  const failure = { status: 400, code: 'invalid_request', message: 'this is no valid request', mayRetry: false }
  return Response.json(openaiError(failure), { status: failure.status })
}
