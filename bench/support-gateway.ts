import { Agent, type IncomingMessage, request } from 'node:http'
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

/** Asks for a stream and reads it to its end. The first piece of content is the first byte that counts. */
export async function askStreamed(url: string, maxTokens: number): Promise<Timed> {
  const startedAtMs = performance.now()
  const response = await post(url, { max_tokens: maxTokens, temperature: 0, stream_options: { include_usage: true } })
  let firstMs = 0
  let lastMs = 0
  let text = ''
  for await (const piece of response) {
    text += piece
    if (!/"delta":\{"content":"./.test(piece)) continue
    lastMs = performance.now() - startedAtMs
    firstMs ||= lastMs
  }
  const tokens = Number(/"completion_tokens":(\d+)/.exec(text)?.[1] ?? Number.NaN)
  if (!(tokens > 1)) throw new Error(`the answer is not whole: ${text.slice(-200)}`)
  return { firstMs, lastMs, tokens }
}

const agent = new Agent({ keepAlive: true })

/** Asks for a stream, of text. By the leanest client that there is: `fetch` takes a millisecond for itself. */
export async function post(url: string, more: object = {}): Promise<IncomingMessage> {
  const body = JSON.stringify({
    model: 'auto',
    stream: true,
    messages: [{ role: 'user', content: 'Tell me a story about a river.' }],
    ...more
  })
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return await new Promise((resolve, reject) => {
    request(`${url}/v1/chat/completions`, { method: 'POST', agent, headers }, response =>
      resolve(response.setEncoding('utf8'))
    )
      .on('error', reject)
      .end(body)
  })
}
