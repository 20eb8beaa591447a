import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { prepareGateway } from '../../src/gateway/server/serve.ts'
import { FakeEngine, fakeNode } from '../unit/gateway/fixtures.ts'

/** A port that somebody else holds. */
async function takenPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as { port: number }).port
}

async function open(port: number, isNamed: boolean) {
  const prepared = await prepareGateway({ host: '127.0.0.1', port, isNamed })
  const gateway = await prepared.open(fakeNode(new FakeEngine()), '1.2.3')
  onTestFinished(() => gateway.stopListening())
  return gateway
}

test('a default port that is taken gives way to the next free one, and requests find it', async () => {
  const port = await takenPort()
  const { url } = await open(port, false)
  expect(Number(new URL(url).port)).toBeGreaterThan(port)
  expect((await fetch(`${url}/health`)).status).toBe(200)
})

test('a named port that is taken is an error that says what to do', async () => {
  const port = await takenPort()
  await expect(open(port, true)).rejects.toMatchObject({
    code: 'address_in_use',
    message: expect.stringContaining('--api')
  })
})

test('an address that is not of this machine is the user’s error', async () => {
  const prepared = await prepareGateway({ host: '192.0.2.1', port: 0, isNamed: true }, { insecure: true })
  await expect(prepared.open(fakeNode(new FakeEngine()), '1.2.3')).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'api' }
  })
})
