import { afterEach, describe, expect, it, vi } from 'vitest'
import { EngineCrashedError } from '../../../src/interface/index.ts'
import { SCRIPTED_TEXT, scriptedEngine } from '../../../src/testing/index.ts'
import { listening } from '../../fault/support/http-raw.ts'
import { ACCEPTED, FakeEngine } from '../../unit/gateway/fixtures.ts'
import { CLIENTS } from './support/libraries/all.ts'

const QUESTION = { text: 'What is up?', model: 'auto' }

/** Several signs of life go out before the first token. */
const KEEP_ALIVE_MS = 10
const PREFILL_MS = 60

afterEach(() => void vi.restoreAllMocks())

describe.each(Object.entries(CLIENTS))('%s, while its request waits', (_, open) => {
  it('takes signs of life for what they are', async () => {
    const warn = vi.spyOn(console, 'warn')
    const { url } = await listening(scriptedEngine({ prefillMs: PREFILL_MS }), { keepAliveMs: KEEP_ALIVE_MS })
    const pieces: string[] = []
    await open(url).stream(QUESTION, text => pieces.push(text))
    expect(pieces.join('')).toBe(SCRIPTED_TEXT)
    expect(warn).not.toHaveBeenCalled()
  })

  it('raises the error that comes after signs of life alone', async () => {
    const engine = new FakeEngine(async function* () {
      yield ACCEPTED
      await new Promise(resolve => setTimeout(resolve, PREFILL_MS))
      throw new EngineCrashedError('the engine is gone')
    })
    const { url } = await listening(engine, { keepAliveMs: KEEP_ALIVE_MS })
    await expect(open(url).stream(QUESTION, () => undefined)).rejects.toThrow(/the engine is gone/)
  })
})
