import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { type GatewayOptions, prepareGateway } from '../../../src/gateway/server/serve.ts'
import type { InferenceEngine } from '../../../src/interface/index.ts'
import { fakeNode } from '../../unit/gateway/fixtures.ts'

/** A gateway on a port of its own, closed with the test. */
export async function listening(
  engine: InferenceEngine,
  options: GatewayOptions = {},
  hook: (cleanUp: () => void) => void = onTestFinished
): Promise<{ url: string; port: number }> {
  const prepared = await prepareGateway({ host: '127.0.0.1', port: 0, isNamed: true }, options)
  const gateway = await prepared.open(fakeNode(engine), '1.2.3')
  hook(() => {
    gateway.stopListening()
    gateway.close()
  })
  return { url: gateway.url, port: Number(new URL(gateway.url).port) }
}

/** A connection that may say anything. */
export async function rawSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  // What goes wrong shows in what comes back.
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** Sends text and returns all that comes back until the other side is silent for good. */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = await rawSocket(port)
  socket.write(text)
  return await allOf(socket)
}

/** What comes first; nothing when the connection ends before. */
export async function firstOf(socket: Socket): Promise<string> {
  return await new Promise(resolve => {
    socket.once('data', data => resolve(String(data)))
    socket.once('close', () => resolve(''))
    if (socket.destroyed) resolve('')
  })
}

/** Everything until the connection ends. */
export async function allOf(socket: Socket): Promise<string> {
  let got = ''
  socket.setEncoding('utf8').on('data', chunk => {
    got += chunk
  })
  await once(socket, 'close')
  return got
}

/** A request for a chat, as text. */
export function chatRequest(port: number, body: object, headers: Record<string, string> = {}): string {
  const text = JSON.stringify(body)
  const all = {
    host: `127.0.0.1:${port}`,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    ...headers
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `POST /v1/chat/completions HTTP/1.1\r\n${lines.join('')}\r\n${text}`
}
