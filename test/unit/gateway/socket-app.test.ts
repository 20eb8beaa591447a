import { expect, test } from 'vitest'
import { socketApp } from '../../../src/gateway/control/socket-app.ts'
import { FakeEngine, fakeNode } from './fixtures.ts'

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
