import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { errorFromCode } from '../../../src/interface/index.ts'
import { ACCEPTED, delta, END, FakeEngine } from './fixtures.ts'
import { gatewayOver } from './support/http.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const messages = [{ role: 'user', content: 'Hi' }]
const LINE = /^\{"model":"auto",.*"content":"".*"done":false\}$/m
const DIALECTS: [string, object, RegExp, RegExp][] = [
  ['/v1/chat/completions', { messages, stream: true }, /^: keep-alive$/m, /^data: \{"error":/m],
  ['/v1/responses', { input: 'Hi', stream: true }, /^: keep-alive$/m, /^event: error$/m],
  ['/v1/messages', { messages, max_tokens: 5, stream: true }, /^event: ping$/m, /^event: error$/m],
  ['/api/chat', { messages }, LINE, /^\{"error":/m],
  ['/api/generate', { prompt: 'Hi' }, /^\{"model":"auto",.*"response":"".*"done":false\}$/m, /^\{"error":/m]
]

/** Waits in a queue for half a minute. */
function slow(failure?: Error): FakeEngine {
  return new FakeEngine(async function* () {
    yield ACCEPTED
    await new Promise(resolve => setTimeout(resolve, 35_000))
    if (failure !== undefined) throw failure
    yield delta('Hello')
    yield END
  })
}

async function streamed(engine: FakeEngine, path: string, body: object) {
  const answering = gatewayOver(engine).send(path, { body: { model: 'auto', ...body } })
  await vi.advanceTimersByTimeAsync(10_000)
  const response = await answering
  const reading = response.text()
  await vi.advanceTimersByTimeAsync(60_000)
  return { peer: response.headers.get('x-p2pai-peer'), text: await reading }
}

test.each(DIALECTS)(
  '%s shows life while it waits, names who has the request, and then answers',
  async (path, body, life) => {
    const { peer, text } = await streamed(slow(), path, body)
    expect(peer).toBe('peer-of-the-fake')
    expect(text.match(new RegExp(life, 'gm'))).toHaveLength(2)
    expect(text).toContain('Hello')
    // What every reader of lines or events must be able to read.
    for (const line of text.split('\n')) if (path.startsWith('/api/') && line !== '') JSON.parse(line)
    if (path.startsWith('/api/')) expect(text).not.toMatch(/\n\n|^\n/)
  }
)

test.each(DIALECTS)('%s ends in an error when nothing but signs of life came before', async (path, body, _, failed) => {
  const lost = errorFromCode('provider_lost', 'the line broke')
  const { text } = await streamed(slow(lost), path, body)
  expect(text).toMatch(failed)
  expect(text).not.toContain('[DONE]')
})
