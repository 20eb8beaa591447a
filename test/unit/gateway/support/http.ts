import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import { duplexPair, Readable } from 'node:stream'
import { type GatewayAppInit, gatewayApp } from '../../../../src/gateway/app.ts'
import { GatewayMetrics } from '../../../../src/gateway/metrics/gateway-metrics.ts'
import { listenerOf } from '../../../../src/gateway/server/http-server.ts'
import type { InferenceEngine, ModelControl } from '../../../../src/interface/index.ts'
import { fakeNode } from '../fixtures.ts'

/** Where the app believes to be. */
const HOST = '127.0.0.1:11435'

export interface Sent {
  body?: unknown
  headers?: Record<string, string>
  method?: string
  signal?: AbortSignal
}

/** The gateway over an engine, behind a server whose connections are streams of this process: HTTP without a socket. */
export function gatewayOver(engine: InferenceEngine, init: Partial<GatewayAppInit> = {}, control?: ModelControl) {
  const node = {
    ...fakeNode(engine),
    ...(control && { modelControl: control }),
    status: () => ({ ...fakeNode(engine).status(), engines: engine.status() }),
    models: async () =>
      (await engine.models()).map(({ name, digest, contextSizeTokens }) => ({
        name,
        digest,
        contextSizeTokens,
        local: false,
        providers: 2,
        warm: true
      }))
  }
  const own = { policy: 'loopback' as const, cors: [], port: () => 11435 }
  const metrics = new GatewayMetrics().watch(node)
  const app = gatewayApp({ node, version: '1.2.3', own, metrics, ...init })
  const server = createServer(listenerOf(app.fetch))
  /** A body that is no text is sent as JSON; without a body it is a GET. */
  const send = async (path: string, { body, headers = {}, method, signal }: Sent = {}): Promise<Response> => {
    const [near, far] = duplexPair()
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
    server.emit('connection', far)
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const asked = request({
      createConnection: () => near,
      path,
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { host: HOST, ...(text !== undefined && bodyHeaders(text)), ...headers },
      ...(signal && { signal })
    })
    asked.end(text)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    return responseOf(answer)
  }
  return { app, send }
}

function bodyHeaders(text: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0
  const headers = new Headers(answer.headers as Record<string, string>)
  const hasBody = status !== 204 && answer.headers['content-length'] !== '0'
  return new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream<Uint8Array>) : null, { status, headers })
}

/** The events of a stream of server-sent events; comments are `{ comment }`, the last text is as it came. */
export function eventsOf(text: string): { event?: string; data?: unknown; comment?: string }[] {
  return text
    .split('\n\n')
    .filter(block => block !== '')
    .map(block => {
      const lines = block.split('\n')
      if (lines[0]!.startsWith(':')) return { comment: lines[0]!.slice(1).trim() }
      const event = lines.find(line => line.startsWith('event: '))?.slice(7)
      const data = lines.find(line => line.startsWith('data: '))!.slice(6)
      return { ...(event !== undefined && { event }), data: data === '[DONE]' ? data : JSON.parse(data) }
    })
}

/** The data alone. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into what it expects.
export function dataOf(text: string): any[] {
  return eventsOf(text).flatMap(event => ('data' in event ? [event.data] : []))
}

/** The lines of a stream of JSON. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into what it expects.
export function linesOf(text: string): any[] {
  return text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))
}

/** The body of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: a test looks into what it expects.
export async function jsonOf(answer: Response | Promise<Response>): Promise<any> {
  return await (await answer).json()
}
