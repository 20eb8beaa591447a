import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { createNode, type NodeOptions } from 'p2pai'
// The gateway is no part of the public face; this is what the daemon opens.
import { prepareGateway } from '../dist/gateway/server/serve.js'

/** Nothing is sent to another machine. */
export const ON_LOOPBACK = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false }

/** Too few slots and too short a queue for a crowd, so that some are refused at every moment. */
export const CROWDED = { slots: 8, maxQueued: 32, tokenMs: 2 }

/** One answer, timed by who asked. */
export interface Timed {
  firstMs: number
  /** The last token, before what comes after it: usage, receipts, the end of the stream. */
  lastMs: number
  tokens: number
}

/** A gateway over a node of this process. */
export interface Door {
  url: string
  close(): Promise<void>
}

/** Opens the gateway of a node that has the engines, or of one that finds models elsewhere. */
export async function openGateway(options: Pick<NodeOptions, 'engines' | 'bootstrap'>): Promise<Door> {
  const node = await createNode({ ...ON_LOOPBACK, ...options })
  const prepared = await prepareGateway({ host: '127.0.0.1', port: 0, isNamed: true })
  const gateway = await prepared.open(node, '0.0.0')
  while ((await node.models()).length === 0) await new Promise(resolve => setTimeout(resolve, 20))
  return {
    url: gateway.url,
    async close() {
      gateway.stopListening()
      gateway.close()
      await node.stop(0)
    }
  }
}

/** One client, whose connection stays open. */
export interface Reader {
  /** Asks for a stream and reads it to its end. The first piece of content is the first byte that counts. */
  ask(maxTokens: number): Promise<Timed>
  close(): void
}

/**
 * A bare socket: what is measured is the gateway, and a client's own reading of HTTP takes a third of what that does.
 * The text is looked at as it comes, chunks and all; a chunk is a whole event.
 */
export async function openReader(url: string): Promise<Reader> {
  const { host, hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname).setNoDelay().setEncoding('utf8')
  await once(socket, 'connect')
  let onPiece: (piece: string) => void = () => undefined
  let onClose: (error: Error) => void = () => undefined
  socket.on('data', piece => onPiece(String(piece)))
  const isClosed = new Error('the gateway closed the connection')
  socket.on('error', () => undefined).on('close', () => onClose(isClosed))
  return {
    async ask(maxTokens) {
      const body = bodyOf({ max_tokens: maxTokens, temperature: 0, stream_options: { include_usage: true } })
      const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`
      const startedAtMs = performance.now()
      let firstMs = 0
      let lastMs = 0
      let text = ''
      await new Promise<void>((resolve, reject) => {
        if (socket.destroyed) throw isClosed
        onClose = reject
        onPiece = piece => {
          text += piece
          if (/"delta":\{"content":"./.test(piece)) lastMs = performance.now() - startedAtMs
          firstMs ||= lastMs
          // The chunk of no bytes ends the answer; one with a status line of its own fails below.
          if (text.endsWith('\r\n0\r\n\r\n') || !text.startsWith('HTTP/1.1 200')) resolve()
        }
        socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
      })
      const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? Number.NaN)
      if (!(tokens > 1) || !text.includes('data: [DONE]')) throw new Error(`no whole answer: ${text.slice(-200)}`)
      return { firstMs, lastMs, tokens }
    },
    close: () => socket.destroy()
  }
}

const agent = new Agent({ keepAlive: true })

/** Asks for a stream, of text. */
export async function post(url: string): Promise<IncomingMessage> {
  const body = bodyOf()
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return await new Promise((resolve, reject) => {
    request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers }, response =>
      resolve(response.setEncoding('utf8'))
    )
      .on('error', reject)
      .end(body)
  })
}

function bodyOf(more: object = {}): string {
  return JSON.stringify({
    model: 'auto',
    stream: true,
    messages: [{ role: 'user', content: 'Tell me a story about a river.' }],
    ...more
  })
}
