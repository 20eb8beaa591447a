import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { askRequest, askRoute } from '../../../src/cli/ask/request.ts'
import { temporaryFolder } from '../home/fixtures.ts'

const flags = { model: 'auto', mdns: true }

test('every flag is in the request', async () => {
  const schema = join(temporaryFolder(), 'schema.json')
  writeFileSync(schema, '{"type":"object"}')
  const all = {
    ...flags,
    model: 'm',
    system: 's',
    maxTokens: 9,
    temperature: 0,
    seed: 7,
    stop: ['x'],
    schema,
    timeout: 2
  }
  expect(await askRequest(all, 'p')).toEqual({
    model: 'm',
    messages: [
      { role: 'system', parts: [{ type: 'text', text: 's' }] },
      { role: 'user', parts: [{ type: 'text', text: 'p' }] }
    ],
    maxTokens: 9,
    sampling: { temperature: 0, seed: 7 },
    stop: ['x'],
    responseFormat: { type: 'json_schema', schema: { type: 'object' } },
    deadlineMs: 2000
  })
  expect(askRoute({ ...all, peer: 'id', local: true }, 500)).toEqual({
    peer: 'id',
    local: true,
    discoveryTimeoutMs: 1200
  })
})

test('images go with the prompt, and nothing goes that is none or too large', async () => {
  const folder = temporaryFolder()
  const file = (name: string, data: Uint8Array) => {
    writeFileSync(join(folder, name), data)
    return join(folder, name)
  }
  const gif = new TextEncoder().encode('GIF89a and so on')
  const { messages } = await askRequest({ ...flags, image: [file('a.png', gif), file('b', gif)] }, 'p')
  const part = { type: 'media', mediaType: 'image/gif', data: gif }
  expect(messages).toEqual([{ role: 'user', parts: [{ type: 'text', text: 'p' }, part, part] }])
  const cases: [string, string][] = [
    [file('page.png', new TextEncoder().encode('<html>')), 'is no PNG'],
    [file('huge.gif', new Uint8Array((16 << 20) + 1)), 'the limit is'],
    [folder, 'it is a folder'],
    [join(folder, 'gone'), 'there is no such file']
  ]
  for (const [image, says] of cases) {
    await expect(askRequest({ ...flags, image: [image] }, 'p')).rejects.toMatchObject({
      message: expect.stringContaining(says),
      exitCode: 2
    })
  }
})

test('without flags nothing is asked for beyond the prompt', async () => {
  expect(Object.keys(await askRequest(flags, 'p'))).toEqual(['model', 'messages'])
  expect(askRoute(flags, 500)).toEqual({})
})

test.each([
  { id: 'is not JSON', text: '{', problem: /not JSON/ },
  { id: 'is not an object', text: '[]', problem: /JSON object/ },
  { id: 'refers elsewhere', text: '{"$ref":"http://evil"}', problem: /\$ref/ }
])('a schema that $id is refused before anything is sent', async ({ text, problem }) => {
  const schema = join(temporaryFolder(), 'schema.json')
  writeFileSync(schema, text)
  const error = await askRequest({ ...flags, schema }, 'p').catch(thrown => thrown)
  expect(error).toMatchObject({ code: 'invalid_request', exitCode: 2 })
  expect(error.message).toMatch(problem)
  expect(error.message).not.toContain('\n')
})
