import { expect, test } from 'vitest'
import { LONG_QUESTION, MODEL, worldForTest } from '../conformance/clients/support/world.ts'
import { until } from '../integration/support/nodes.ts'
import { expectWithin } from './support/within.ts'

test.each([true, false])('a client that hangs up frees the slot of the remote provider (stream: %s)', async stream => {
  const world = await worldForTest()
  const stop = new AbortController()
  const body = JSON.stringify({ model: MODEL, stream, messages: [{ role: 'user', content: LONG_QUESTION }] })
  const headers = { 'content-type': 'application/json' }
  const asked = fetch(`${world.url}/v1/chat/completions`, { method: 'POST', headers, body, signal: stop.signal })
    .then(response => response.text())
    .catch((error: Error) => error.name)
  const busy = () => world.engine.status()[0]?.slots.busy ?? 0
  await until('tokens are made', () => (world.engine.calls[0]?.tokens ?? 0) > 3)
  expect(busy()).toBe(1)
  stop.abort()
  expectWithin(await until('the slot is free', () => busy() === 0), 1_000)
  expect(await asked).toBe('AbortError')
  expect(world.engine.calls[0]?.outcome).not.toBe('ended')
})
