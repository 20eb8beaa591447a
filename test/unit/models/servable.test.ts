import { expect, test } from 'vitest'
import { chainModel } from '../../fixtures/gguf-model.ts'
import { withOllama } from './ollama-fixture.ts'

const padded = (data: Uint8Array, bytes: number): Buffer => Buffer.concat([data, Buffer.alloc(bytes)])

test("serve takes ollama's chat models as if they were installed, the best first, and no damaged one", async () => {
  const { put, library } = withOllama()
  expect(await library.best()).toBeUndefined()
  put('small:1b', chainModel([' a', ' end'], { name: 'small' }))
  put('damaged:1b', Buffer.from('GGUF, or so it says'))
  expect(await library.servable()).toMatchObject([
    { name: 'small:1b', place: 'ollama', installed: false, chat: true, parameterCount: expect.any(Number) }
  ])
  expect(await library.best()).toMatchObject({ name: 'small:1b' })
  // Nothing was written for that.
  expect(await library.installed()).toEqual([])
})

test('of many models in a store the eight largest are taken', async () => {
  const { put, library } = withOllama()
  const data = chainModel([' a', ' end'], { name: 'many' })
  for (let index = 0; index < 10; index++) put(`many:${index}b`, padded(data, 32 * index + 1))
  const names = (await library.servable()).map(({ name }) => name)
  expect(names).toEqual([9, 8, 7, 6, 5, 4, 3, 2].map(index => `many:${index}b`))
})

test('what is known of a model of ollama is what its file says; what nobody has read is absent, not 0', async () => {
  const { put, library } = withOllama()
  const licence = { type: 'string', value: 'mit' } as const
  put('small:1b', chainModel([' a', ' end'], { name: 'small', keys: { 'general.license': licence } }))
  put('damaged:1b', Buffer.from('GGUF, or so it says'))
  const facts = ['parameterCount', 'quantization', 'contextSizeTokens', 'licence', 'chat', 'installedAtMs']
  for (const model of await library.list()) for (const fact of facts) expect(model).not.toHaveProperty(fact)
  expect(await library.find('small:1b')).toMatchObject({
    parameterCount: expect.any(Number),
    quantization: expect.stringMatching(/./),
    contextSizeTokens: expect.any(Number),
    licence: 'mit',
    chat: true
  })
  const damaged = await library.find('damaged:1b')
  for (const fact of facts) expect(damaged).not.toHaveProperty(fact)
})
