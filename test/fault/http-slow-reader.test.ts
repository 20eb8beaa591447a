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
/** A sign of life: a line of its own, unlike the header of the same name. */
const SIGN = '\r\n: keep-alive'

const writer = {
  begin: () => '',
  delta: (event: { text: string }) => event.text,
  end: () => '>',
  failure: (failure: { code: string }) => `!${failure.code}`
}

/** A server that answers each request with what the engine makes, and one client that has asked and reads nothing. */
async function asked(engine: FakeEngine, stallMs: number, onFailure: (error: unknown) => void = () => undefined) {
  const failures: unknown[] = []
  const sent = Promise.withResolvers<void>()
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
      onEvent: () => undefined,
      onFailure(error) {
        failures.push(error)
        onFailure(error)
      },
      onOver: count => {
        bytes = count
      }
    })
    sent.resolve(sendParts(outgoing, parts, stallMs))
  })
  const client = await clientOf(server.listen(0, '127.0.0.1'))
  client.pause()
  client.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n')
  return { client, failures, bytes: () => bytes, sent: sent.promise }
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
  expect(failures).toMatchObject([{ code: 'aborted' }])
})

test('a defect breaks the connection, and is told to whoever started it', async () => {
  const engine = new FakeEngine(async function* () {
    yield* [ACCEPTED, delta('a')]
    throw new Error('the engine failed')
  })
  const { client, sent } = await asked(engine, 60_000, () => {
    throw new Error('nobody can write this down')
  })
  await expect(sent).rejects.toThrow('nobody can write this down')
  client.on('error', () => undefined).resume()
  await once(client, 'close')
  expect(engine.running).toBe(0)
})

test('the head comes before signs of life, those before the answer, and the next request on the same connection', async () => {
  let isHeld = true
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    while (isHeld) {
      yield { type: 'progress', phase: 'queued', done: 1, total: 0 }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
    yield* [delta('Hello'), END]
  })
  const { app } = gatewayOver(engine, { keepAliveMs: 500, own: { policy: 'any', cors: [], port: () => 0 } })
  const server = await openServer(app.fetch, { host: '127.0.0.1', port: 0, isNamed: true })
  const client = (await clientOf(server)).setEncoding('utf8')
  const body = JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  const head = 'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n'
  const answers: string[][] = []
  for (let count = 0; count < 2; count++) {
    client.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
    const pieces: string[] = []
    while (!pieces.join('').endsWith('\r\n0\r\n\r\n')) {
      const [piece] = (await once(client, 'data')) as [string]
      pieces.push(piece)
      if (piece.includes(SIGN)) isHeld = false
    }
    answers.push(pieces)
  }
  const [waited, next] = answers as [string[], string[]]
  expect(waited[0]!.toLowerCase().trim().split('\r\n')).toEqual(
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
  expect(waited[0]).not.toContain(SIGN)
  expect(waited[1]).toContain(SIGN)
  for (const pieces of [waited, next]) {
    const events = pieces
      .join('')
      .split('\r\n')
      .filter(line => line.startsWith('data: '))
    const said = dataOf(events.join(''))
    expect(said[1]).toMatchObject({ choices: [{ delta: { content: 'Hello' } }] })
    expect(said.at(-1)).toBe('[DONE]')
  }
})

test('a client of HTTP/1.0 gets the text itself, up to the end of the connection', async () => {
  const { app } = gatewayOver(new FakeEngine(), { own: { policy: 'any', cors: [], port: () => 0 } })
  const server = await openServer(app.fetch, { host: '127.0.0.1', port: 0, isNamed: true })
  const client = (await clientOf(server)).setEncoding('utf8')
  const body = JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  const head = 'POST /v1/chat/completions HTTP/1.0\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n'
  client.write(`${head}content-length: ${body.length}\r\n\r\n${body}`)
  let text = ''
  for await (const piece of client) text += piece
  expect(dataOf(text.slice(text.indexOf('\r\n\r\n') + 4)).at(-1)).toBe('[DONE]')
})
