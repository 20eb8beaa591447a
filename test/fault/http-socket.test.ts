import { once } from 'node:events'
import { describe, expect, it, test } from 'vitest'
import { ACCEPTED, delta, FakeEngine, stuck } from '../unit/gateway/fixtures.ts'
import { allOf, chatRequest, exchange, firstOf, listening, rawSocket } from './support/http-raw.ts'
import { until } from './support/until.ts'

const body = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }] }
const statusesOf = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(match => Number(match[1]))

describe('case 49: what is no proper request', () => {
  it.each([
    { id: 'a head of 20 kB', text: () => `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, status: 431 },
    { id: 'no HTTP', text: () => 'hello\r\n\r\n', status: 400 },
    { id: 'no Host', text: () => 'GET /health HTTP/1.1\r\n\r\n', status: 400 },
    { id: 'HTTP/1.0 without Host', text: () => 'GET /health HTTP/1.0\r\n\r\n', status: 400 },
    {
      id: 'a Host that is none',
      text: () => 'GET /health HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n',
      status: 400
    },
    {
      id: 'another Host behind an absolute address',
      text: (port: number) =>
        `GET http://127.0.0.1:${port}/health HTTP/1.1\r\nhost: evil.com\r\nconnection: close\r\n\r\n`,
      status: 403
    },
    {
      id: 'two lengths',
      text: (port: number) =>
        `POST / HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
      status: 400
    },
    {
      id: 'a body of no length',
      text: (port: number) =>
        chatRequest(port, {}, { 'content-length': '0', connection: 'close' }).replace(/\{\}$/, ''),
      status: 400
    }
  ])('$id is a $status, and the next request is answered', async ({ text, status }) => {
    const { port, url } = await listening(new FakeEngine())
    const answer = await exchange(port, text(port))
    expect(statusesOf(answer)).toEqual([status])
    expect((await fetch(`${url}/health`)).status).toBe(200)
  })

  it('HTTP/1.0 with a Host, Expect and pipelining are answered', async () => {
    const { port } = await listening(new FakeEngine())
    const host = `host: 127.0.0.1:${port}\r\n`
    expect(statusesOf(await exchange(port, `GET /health HTTP/1.0\r\n${host}\r\n`))).toEqual([200])
    const expecting = chatRequest(port, body, { expect: '100-continue', connection: 'close' })
    expect(statusesOf(await exchange(port, expecting))).toEqual([100, 200])
    const two = chatRequest(port, body) + chatRequest(port, body, { connection: 'close' })
    expect(statusesOf(await exchange(port, two))).toEqual([200, 200])
  })

  it('an endless body is cut at the limit, by length or in chunks', async () => {
    const { port } = await listening(new FakeEngine())
    const told = chatRequest(port, {}, { 'content-length': String(1 << 30) })
    const socket = await rawSocket(port)
    socket.write(told)
    const [head] = (await once(socket, 'data')) as [Buffer]
    expect(String(head)).toMatch(/^HTTP\/1\.1 413/)
    socket.destroy()
    const chunked = await rawSocket(port)
    const lines = `host: 127.0.0.1:${port}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n`
    chunked.write(`POST /v1/messages HTTP/1.1\r\n${lines}\r\n`)
    const answer = once(chunked, 'data') as Promise<[Buffer]>
    const chunk = `100000\r\n${'x'.repeat(1 << 20)}\r\n`
    let isAnswered = false
    void answer.then(() => {
      isAnswered = true
    })
    for (let sent = 0; sent < 64 && !isAnswered && !chunked.destroyed; sent++) {
      if (!chunked.write(chunk)) await Promise.race([once(chunked, 'drain'), answer])
    }
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 413/)
    expect(String((await answer)[0])).toContain('request_too_large')
    chunked.destroy()
  })
})

describe('case 50: clients that leave, stand still, or are too many', () => {
  it('a client that closes its stream at once frees the engine within a second', async () => {
    const engine = new FakeEngine(stuck)
    const { port } = await listening(engine)
    for (const wait of [false, true]) {
      const socket = await rawSocket(port)
      socket.write(chatRequest(port, { ...body, stream: true }))
      if (wait) await once(socket, 'data')
      await until(() => engine.running === 1, 10_000, 'the engine works')
      socket.destroy()
      await until(() => engine.running === 0, 1000, 'the engine is free')
    }
  })

  it('of 500 clients 64 are answered, and the others hear so at once or find no connection', async () => {
    const engine = new FakeEngine(stuck)
    const { port, url } = await listening(engine)
    const before = process.memoryUsage().rss
    const statuses: (number | undefined)[] = []
    const sockets = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const socket = await rawSocket(port)
        socket.write(chatRequest(port, { ...body, stream: true }))
        statuses.push(statusesOf(await firstOf(socket))[0])
        return socket
      })
    )
    const count = (status: number | undefined) => statuses.filter(other => other === status).length
    expect(count(200)).toBe(64)
    expect(count(200) + count(429) + count(undefined)).toBe(500)
    expect(count(429)).toBeGreaterThan(0)
    expect(engine.running).toBe(64)
    expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20)
    for (const socket of sockets) socket.destroy()
    await until(() => engine.running === 0, 5000, 'all are free')
    await until(
      async () => (await fetch(`${url}/health`).catch(() => undefined))?.status === 200,
      10_000,
      'it answers again'
    )
  })
})

/** Half a minute each, so at the same time. */
describe('patience has an end', () => {
  it.concurrent('case 49: a head or a body that never ends is cut', async ({ onTestFinished }) => {
    const { port } = await listening(new FakeEngine(), {}, onTestFinished)
    const head = await rawSocket(port)
    head.write('GET /health HTTP/1.1\r\nhost: 127.0.0.1')
    const half = await rawSocket(port)
    half.write(chatRequest(port, body, { 'content-length': '5000' }))
    const [first, second] = await Promise.all([allOf(head), allOf(half)])
    expect(statusesOf(first)).toEqual([408])
    expect(statusesOf(second)).toEqual([408])
  })

  it.concurrent('case 50: a client that never reads stops the engine, and is given up', async ({ onTestFinished }) => {
    const engine = new FakeEngine(async function* () {
      yield ACCEPTED
      for (;;) yield delta('x'.repeat(1000))
    })
    const { port } = await listening(engine, {}, onTestFinished)
    const socket = await rawSocket(port)
    socket.pause()
    socket.write(chatRequest(port, { ...body, stream: true }))
    await until(() => engine.running === 1, 10_000, 'the engine works')
    await until(() => engine.running === 0, 60_000, 'the engine is given up')
    // As much as the buffers of both sides hold, which no reading of the kernel makes endless.
    expect(engine.produced).toBeLessThan(100_000)
    socket.destroy()
  })
})

test('case 52: over the wire too, nothing is answered without the key', async ({ onTestFinished }) => {
  const { writeFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  const { temporaryFolder } = await import('../unit/home/fixtures.ts')
  const apiKeyFile = join(temporaryFolder(), 'key')
  writeFileSync(apiKeyFile, 'a-key-of-some-length\n')
  const engine = new FakeEngine()
  const { url } = await listening(engine, { apiKeyFile }, onTestFinished)
  for (const path of ['/', '/health', '/metrics', '/v1/models', '/api/tags', '/openapi.json', '/v1/nothing']) {
    expect((await fetch(`${url}${path}?api_key=a-key-of-some-length`)).status, path).toBe(401)
    const authorization = 'Bearer a-key-of-some-length'
    expect((await fetch(`${url}${path}`, { headers: { authorization } })).status, path).not.toBe(401)
  }
})
