import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Generation } from '../../src/gateway/answer/generation.ts'
import { AnswerParts } from '../../src/gateway/answer/parts.ts'
import { sendParts } from '../../src/gateway/answer/send-parts.ts'
import { openServer } from '../../src/gateway/server/http-server.ts'
import { type EngineEvent, textMessage } from '../../src/interface/index.ts'
import { ACCEPTED, delta, END, FakeEngine } from '../unit/gateway/fixtures.ts'
import { dataOf, gatewayOver } from '../unit/gateway/support/http.ts'

const request = { model: 'auto', messages: [textMessage('user', 'Hi')] }
/** Far more in all than the sockets of both sides hold. */
const PIECE = 'x'.repeat(65_536)
const PIECES = 1_000

const writer = {
  begin: () => '',
  delta: (event: { text: string }) => event.text,
  end: () => '>',
  failure: (failure: { code: string }) => `!${failure.code}`
}

/** A server that answers each request with what the engine makes, and one client that has asked and reads nothing. */
async function asked(engine: FakeEngine, stallMs: number) {
  const failures: unknown[] = []
  let bytes: number | undefined
  const server = createServer((_, outgoing) => {
    const generation = new Generation(engine, { request, stream: true }, () => undefined)
    const parts = new AnswerParts({
      generation,
      first: undefined,
      begun: () => ({ writer, begin: '' }),
      writer: () => writer,
      keepAlive: () => '.',
      keepAliveMs: 10_000,
      stallMs,
      onEvent: () => undefined,
      onFailure: error => void failures.push(error),
      onOver: count => {
        bytes = count
      }
    })
    void sendParts(outgoing, parts)
  })
  const client = await clientOf(server.listen(0, '127.0.0.1'))
  client.pause()
  client.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n')
  return { client, failures, bytes: () => bytes }
}

async function clientOf(server: Server): Promise<Socket> {
  if (!server.listening) await once(server, 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => {
    client.destroy()
    server.close()
    server.closeAllConnections()
  })
  await once(client, 'connect')
  return client
}

async function* pieces(): AsyncIterable<EngineEvent> {
  yield ACCEPTED
  for (let count = 0; count < PIECES; count++) yield delta(PIECE)
  yield END
}

/** Waits until nothing more is made. */
async function untilStopped(engine: FakeEngine): Promise<void> {
  for (let before = -1; engine.produced === 0 || engine.produced !== before; ) {
    before = engine.produced
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}

test('a slow reader slows the engine, and gets all of it', async () => {
  const engine = new FakeEngine(pieces)
  const { client, failures, bytes } = await asked(engine, 60_000)
  await untilStopped(engine)
  expect(engine.produced).toBeLessThan(PIECES / 2)
  expect(engine.running).toBe(1)
  let taken = 0
  for await (const chunk of client) {
    taken += String(chunk).split('x').length - 1
    if (String(chunk).endsWith('\r\n0\r\n\r\n')) break
  }
  expect(taken).toBe(PIECES * PIECE.length)
  expect(failures).toEqual([])
  expect(bytes()).toBe(PIECES * PIECE.length + 1)
})

test('case 50: a reader that stands still is given up, and its connection ends', async () => {
  const engine = new FakeEngine(pieces)
  const { client, failures, bytes } = await asked(engine, 200)
  await expect.poll(() => failures).toMatchObject([{ code: 'slow_reader' }])
  await expect.poll(() => engine.running).toBe(0)
  expect(engine.produced).toBeLessThan(PIECES / 2)
  expect(bytes()).toBeGreaterThan(0)
  client.on('error', () => undefined).resume()
  await once(client, 'close')
})

test('case 50: a reader that leaves while it is waited for ends the work', async () => {
  const engine = new FakeEngine(pieces)
  const { client, failures } = await asked(engine, 60_000)
  await untilStopped(engine)
  expect(engine.running).toBe(1)
  client.destroy()
  await expect.poll(() => engine.running).toBe(0)
  expect(failures).toEqual([])
})

test('the head and signs of life come before the first token, and the answer after them', async () => {
  const gate = Promise.withResolvers<void>()
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    await gate.promise
    yield* [delta('Hello'), END]
  })
  const { app } = gatewayOver(engine, { keepAliveMs: 20, own: { policy: 'any', cors: [], port: () => 0 } })
  const server = await openServer(app.fetch, { host: '127.0.0.1', port: 0, isNamed: true })
  const client = (await clientOf(server)).setEncoding('utf8')
  const body = JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n'
  client.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
  let text = ''
  for await (const chunk of client) {
    text += chunk
    if (text.includes(': keep-alive')) gate.resolve()
    if (text.endsWith('\r\n0\r\n\r\n')) break
  }
  const lines = text.slice(0, text.indexOf('\r\n\r\n')).toLowerCase().split('\r\n')
  expect(lines).toEqual(
    expect.arrayContaining([
      'http/1.1 200 ok',
      'content-type: text/event-stream',
      'cache-control: no-cache',
      'transfer-encoding: chunked',
      'x-content-type-options: nosniff',
      'x-p2pai-peer: peer-of-the-fake',
      expect.stringMatching(/^x-request-id: req_/)
    ])
  )
  expect(text.indexOf(': keep-alive')).toBeLessThan(text.indexOf('Hello'))
  const events = text.split('\r\n').filter(line => line.startsWith('data: '))
  expect(dataOf(events.join('')).at(-1)).toBe('[DONE]')
})
