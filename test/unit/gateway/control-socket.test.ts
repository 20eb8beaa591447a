import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createNetServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { controlApp } from '../../../src/gateway/control/app.ts'
import { connectDaemon } from '../../../src/gateway/control/client.ts'
import { type ControlServer, serveControl } from '../../../src/gateway/control/server.ts'
import { BusyError, type EngineEvent, type InferenceEngine, textMessage } from '../../../src/interface/index.ts'
import { temporaryFolder } from '../home/fixtures.ts'
import { ACCEPTED, answer, delta, END, FakeEngine, fakeNode, stuck } from './fixtures.ts'

async function served(engine: FakeEngine, stop: (server: ControlServer) => void = () => undefined) {
  const socket = join(temporaryFolder(), 'control.sock')
  const app = controlApp({ node: fakeNode(engine), version: '1.2.3', stop: () => stop(server) })
  const server: ControlServer = await serveControl(app, socket)
  onTestFinished(async () => {
    await server.stopListening()
    server.close()
  })
  return { socket, server }
}

const request = { model: 'auto', messages: [textMessage('user', 'Hello')] }

async function collect(engine: InferenceEngine, signal?: AbortSignal): Promise<EngineEvent[]> {
  const events: EngineEvent[] = []
  for await (const event of engine.generate(request, { ...(signal && { signal }) })) events.push(event)
  return events
}

test('the socket is for its owner only, and a dead one is replaced', async () => {
  const { socket, server } = await served(new FakeEngine())
  expect(statSync(socket).mode & 0o777).toBe(0o600)
  await server.stopListening()
  writeFileSync(socket, '')
  const again = await serveControl(controlApp({ node: fakeNode(new FakeEngine()), version: '', stop() {} }), socket)
  expect((await connectDaemon(socket)).peerId).toBe('12D3KooWFake')
  await again.stopListening()
  again.close()
})

test('the daemon behind the socket is an engine like any other', async () => {
  const engine = new FakeEngine(answer('Hello', ' wörld \u{1f30d}'))
  const { socket } = await served(engine)
  const daemon = await connectDaemon(socket)
  expect(daemon).toMatchObject({ version: '1.2.3', pid: process.pid, peerId: '12D3KooWFake' })
  expect(await collect(daemon.engine)).toEqual([ACCEPTED, delta('Hello'), delta(' wörld \u{1f30d}'), END])
  expect(await daemon.status()).toMatchObject({ connections: 1, providers: 2 })
  expect(await daemon.connect('/ip4/1.2.3.4')).toMatchObject({ peerId: '/ip4/1.2.3.4' })
})

test('an error of the daemon is thrown with its code and details', async () => {
  const { socket } = await served(
    // biome-ignore lint/correctness/useYield: an engine that refuses at once
    new FakeEngine(async function* () {
      throw new BusyError('full', { details: { retryAfterMs: 70 } })
    })
  )
  const { engine } = await connectDaemon(socket)
  await expect(collect(engine)).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 70 } })
})

test('an asker that gives up frees the engine', async () => {
  const engine = new FakeEngine(stuck)
  const { socket } = await served(engine)
  const abort = new AbortController()
  const daemon = await connectDaemon(socket)
  const asked = collect(daemon.engine, abort.signal)
  await vi.waitUntil(() => engine.running === 1 && engine.produced === 2)
  abort.abort()
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  await vi.waitUntil(() => engine.running === 0)
})

test('leaving the loop early frees the engine', async () => {
  const engine = new FakeEngine(stuck)
  const { socket } = await served(engine)
  const daemon = await connectDaemon(socket)
  for await (const event of daemon.engine.generate(request)) if (event.type === 'delta') break
  await vi.waitUntil(() => engine.running === 0)
})

test('tokens are not held back', async () => {
  let go: () => void = () => undefined
  const engine = new FakeEngine(async function* () {
    yield ACCEPTED
    yield delta('now')
    await new Promise<void>(resolve => {
      go = resolve
    })
    yield END
  })
  const { socket } = await served(engine)
  const daemon = await connectDaemon(socket)
  const seen: string[] = []
  for await (const event of daemon.engine.generate(request)) {
    seen.push(event.type)
    if (event.type === 'delta') go()
  }
  expect(seen).toEqual(['accepted', 'delta', 'end'])
})

test('a daemon that dies within an answer is an error, never a short answer', async () => {
  const { socket, server } = await served(new FakeEngine(stuck))
  const daemon = await connectDaemon(socket)
  const asked = (async () => {
    for await (const event of daemon.engine.generate(request)) if (event.type === 'delta') server.close()
  })()
  await expect(asked).rejects.toMatchObject({ code: 'provider_lost' })
})

test('stop returns when the daemon is gone', async () => {
  const { socket } = await served(new FakeEngine(), async server => {
    await server.stopListening()
    server.close()
  })
  await (await connectDaemon(socket)).stop()
  await expect(connectDaemon(socket)).rejects.toMatchObject({ code: 'daemon_not_running' })
})

test.each(['nothing is there', 'a file is there', 'a dead socket is there'])('no daemon when %s', async state => {
  const socket = join(temporaryFolder(), 'control.sock')
  if (state === 'a file is there') writeFileSync(socket, '')
  if (state === 'a dead socket is there') {
    const server = createServer().listen(`${socket}.live`)
    await vi.waitUntil(() => server.listening)
    rmSync(socket, { force: true })
    renameSync(`${socket}.live`, socket)
    server.close()
  }
  await expect(connectDaemon(socket)).rejects.toMatchObject({ code: 'daemon_not_running', exitCode: 3 })
})

test('a daemon that is stuck is said to be so', async () => {
  const socket = join(temporaryFolder(), 'control.sock')
  const server = createServer(() => undefined).listen(socket)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  await vi.waitUntil(() => server.listening)
  await expect(connectDaemon(socket, 50)).rejects.toThrow('the daemon does not answer within 50 ms')
})

test('an answer of another program is no daemon', async () => {
  const socket = join(temporaryFolder(), 'control.sock')
  const server = createNetServer(connection => connection.end('SSH-2.0\r\n')).listen(socket)
  onTestFinished(() => void server.close())
  await vi.waitUntil(() => server.listening)
  await expect(connectDaemon(socket)).rejects.toMatchObject({ code: 'daemon_not_running' })
})
