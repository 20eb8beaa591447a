import { describe, expect, test } from 'vitest'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { gatewayOver } from './support/http.ts'

const head = '{"model":"auto","messages":[{"role":"user","content":"Hi"}]'

async function chat(text: string, engine = scriptedEngine()) {
  const response = await gatewayOver(engine).send('/v1/chat/completions', { body: text })
  const { error } = (await response.json()) as { error?: { message: string; param: string | null; code: string } }
  return { status: response.status, error, calls: engine.calls }
}

const send = (changes: object) => chat(JSON.stringify({ ...JSON.parse(`${head}}`), ...changes }))

describe('case 5: a body that is JSON and wrong', () => {
  test.each([
    ['a number beyond all numbers', `${head},"temperature":1e309}`, 'temperature'],
    ['not a number', `${head},"temperature":NaN}`, 'body'],
    ['2^53+1', `${head},"max_tokens":9007199254740993}`, 'max_tokens'],
    ['-1', `${head},"max_tokens":-1}`, 'max_tokens'],
    ['a fraction', `${head},"seed":0.5}`, 'seed'],
    ['a text', `${head},"temperature":"hot"}`, 'temperature'],
    ['a list', `${head},"stream":[]}`, 'stream'],
    ['a field that nobody knows', `${head},"temprature":1}`, 'temprature'],
    ['null in place of messages', '{"model":"auto","messages":null}', 'messages'],
    [
      'a wrong part',
      '{"model":"auto","messages":[{"role":"user","content":[{"type":"text","text":1}]}]}',
      'messages[0]'
    ],
    ['null', 'null', 'body'],
    ['a list of bodies', `[${head}}]`, 'body']
  ])('%s is a 400 that names its place', async (_, text, place) => {
    const { status, error, calls } = await chat(text)
    expect(status).toBe(400)
    expect(`${error?.param} ${error?.message}`).toContain(place)
    expect(calls).toHaveLength(0)
  })
})

describe('case 7: a prompt that is too long', () => {
  test('2 MiB are a 413, and beyond the context a 400 with both numbers', async () => {
    const long = await send({ messages: [{ role: 'user', content: 'x'.repeat(2 << 20) }] })
    expect(long.status).toBe(413)
    expect(long.calls.every(({ tokens }) => tokens === 0)).toBe(true)
    const engine = scriptedEngine({ contextSizeTokens: 500 })
    const words = JSON.stringify({ model: 'auto', messages: [{ role: 'user', content: 'word '.repeat(900) }] })
    const { status, error } = await chat(words, engine)
    expect({ status, code: error?.code }).toEqual({ status: 400, code: 'context_length_exceeded' })
    expect(error?.message).toMatch(/\b500\b/)
    expect(error?.message).toMatch(/\b(?:9\d\d|1\d{3})\b/)
  })
})

describe('case 8: numbers without measure', () => {
  test.each<[object, string]>([
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ n: 1e6 }, 'n'],
    [{ stop: [''] }, 'stop'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
    [{ temperature: -1 }, 'temperature'],
    [{ temperature: 99 }, 'temperature'],
    [{ logprobs: true, top_logprobs: 21 }, 'top_logprobs'],
    [{ logit_bias: Object.fromEntries(Array.from({ length: 100_000 }, (_, id) => [String(id), 1])) }, 'logit_bias']
  ])('%#: a 400 that names the parameter', async (changes, field) => {
    const { status, error, calls } = await send(changes)
    expect(status).toBe(400)
    expect(`${error?.param} ${error?.message}`).toContain(field)
    expect(calls).toHaveLength(0)
  })

  test('a limit of 1e9 is cut down to what there is', async () => {
    expect((await send({ max_tokens: 1e9 })).status).toBe(200)
  })
})
