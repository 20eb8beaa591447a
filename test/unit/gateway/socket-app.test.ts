import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { serveControl } from '../../../src/gateway/control/server.ts'
import { socketApp } from '../../../src/gateway/control/socket-app.ts'
import { temporaryFolder } from '../home/fixtures.ts'
import { FakeEngine, fakeNode } from './fixtures.ts'
import { dataOf } from './support/http.ts'

test('the control socket serves the control interface and the gateway, each with its own errors', async () => {
  const app = socketApp({ node: fakeNode(new FakeEngine()), version: '1.2.3', stop: () => undefined })
  const get = async (path: string) => await app.fetch(new Request(`http://p2pai${path}`))
  expect(await (await get('/p2pai/v1/version')).json()).toMatchObject({ version: '1.2.3' })
  expect(await (await get('/p2pai/v1/nothing')).json()).toMatchObject({ error: { retryable: false } })
  expect(await (await get('/v1/models')).json()).toEqual({ object: 'list', data: [] })
  expect(await (await get('/api/nothing')).json()).toEqual({ error: expect.any(String) })
  const body = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'Hi' }] })
  const headers = { 'content-type': 'application/json' }
  const asked = new Request('http://p2pai/v1/chat/completions', { method: 'POST', headers, body })
  expect(await (await app.fetch(asked)).json()).toMatchObject({ choices: [{ message: { content: 'Hello world' } }] })
})

test('answers are streamed through the socket too, one after the other', async () => {
  const path = join(temporaryFolder(), 'control.sock')
  const app = socketApp({ node: fakeNode(new FakeEngine()), version: '1.2.3', stop: () => undefined })
  const server = await serveControl(app, path)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(async () => {
    agent.destroy()
    await server.stopListening()
    server.close()
  })
  const body = JSON.stringify({ model: 'auto', stream: true, messages: [{ role: 'user', content: 'Hi' }] })
  const headers = { 'content-type': 'application/json' }
  for (let count = 0; count < 3; count++) {
    const asked = request({ socketPath: path, path: '/v1/chat/completions', method: 'POST', headers, agent }).end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    let text = ''
    for await (const piece of answer.setEncoding('utf8')) text += piece
    expect(asked.reusedSocket).toBe(count > 0)
    expect(dataOf(text).at(-1)).toBe('[DONE]')
  }
})
