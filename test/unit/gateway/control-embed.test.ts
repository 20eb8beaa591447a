import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { controlApp } from '../../../src/gateway/control/app.ts'
import { connectDaemon } from '../../../src/gateway/control/client.ts'
import { serveControl } from '../../../src/gateway/control/server.ts'
import type { InferenceEngine } from '../../../src/interface/index.ts'
import { type ScriptedEngineOptions, scriptedEngine } from '../../../src/testing/index.ts'
import { temporaryFolder } from '../home/fixtures.ts'
import { FakeEngine, fakeNode } from './fixtures.ts'

const inputs = ['one', 'two wörds \u{1f30d}', 'one']

/** An engine behind a real socket, as the command sees it. */
async function behindSocket(engine: InferenceEngine): Promise<InferenceEngine> {
  const socket = join(temporaryFolder(), 'control.sock')
  const app = controlApp({ node: { ...fakeNode(new FakeEngine()), engine }, version: '1.2.3', stop: () => undefined })
  const server = await serveControl(app, socket)
  onTestFinished(async () => {
    await server.stopListening()
    server.close()
  })
  return (await connectDaemon(socket)).engine
}

function embedding(options: ScriptedEngineOptions = {}) {
  return scriptedEngine({ features: { embeddings: true, rerank: true }, ...options })
}

test('vectors come through the socket as the engine makes them, and what is told before them', async () => {
  const inner = embedding({ tokenMs: 30, progressMs: 10 })
  const daemon = await behindSocket(inner)
  const told: string[] = []
  const result = await daemon.embed!({ model: 'auto', inputs }, { onEvent: event => void told.push(event.type) })
  expect(result).toEqual(await inner.embed!({ model: 'auto', inputs }))
  expect(told.slice(0, 2)).toEqual(['accepted', 'progress'])
})

test('scores come through the socket, with the route of the call', async () => {
  const inner = embedding()
  const daemon = await behindSocket(inner)
  const request = { model: 'auto', query: 'red fox', documents: ['a dog', 'a red fox'] }
  expect((await daemon.rerank!(request, { route: { local: true } })).scores).toEqual([0, 1])
  expect(inner.embedCalls[0]?.options.route).toEqual({ local: true })
})

test('what the engine refuses is thrown with its code and details', async () => {
  const daemon = await behindSocket(embedding({ contextSizeTokens: 2 }))
  await expect(daemon.embed!({ model: 'auto', inputs: ['a b c'] })).rejects.toMatchObject({
    code: 'context_length_exceeded',
    details: { promptTokens: 3, contextSizeTokens: 2 }
  })
  await expect(daemon.embed!({ model: 'auto', inputs: [] })).rejects.toMatchObject({
    code: 'invalid_request',
    details: { field: 'inputs' }
  })
  const wrong = { model: 'auto', inputs: [7] } as unknown as { model: string; inputs: string[] }
  await expect(daemon.embed!(wrong)).rejects.toMatchObject({ code: 'invalid_request', details: { field: 'inputs.0' } })
  const none = await behindSocket(new FakeEngine())
  await expect(none.embed!({ model: 'auto', inputs })).rejects.toMatchObject({ code: 'unsupported_feature' })
  await expect(none.rerank!({ model: 'auto', query: 'q', documents: inputs })).rejects.toMatchObject({
    code: 'unsupported_feature'
  })
})

test('an asker that leaves ends the work', async () => {
  const inner = embedding({ tokenMs: 10_000, progressMs: 10 })
  const daemon = await behindSocket(inner)
  const controller = new AbortController()
  const asked = daemon.embed!(
    { model: 'auto', inputs },
    {
      signal: controller.signal,
      onEvent: event => {
        if (event.type === 'progress') controller.abort()
      }
    }
  )
  await expect(asked).rejects.toMatchObject({ code: 'aborted' })
  await expect.poll(() => inner.status()[0]!.slots.busy).toBe(0)
  expect(inner.embedCalls[0]?.outcome).toBe('failed')
})
