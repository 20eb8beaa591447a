import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLocalModels } from '../../../src/node/local-models.ts'
import { chainModel } from '../../fixtures/gguf-model.ts'
import { temporaryFolder } from '../home/fixtures.ts'
import { newFolder } from './fixtures.ts'

test('the built-in model is known by its name, and is no installed one', async () => {
  const library = openLocalModels(temporaryFolder())
  const builtIn = await library.builtIn()
  expect(builtIn).toMatchObject({
    place: 'built-in',
    installed: false,
    chat: true,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/)
  })
  expect(await library.find('p2pai-tiny')).toEqual(builtIn)
  expect(await library.pull('p2pai-tiny')).toEqual(builtIn)
  expect(await library.list()).toEqual([])
  expect(await library.best()).toBeUndefined()
  await expect(library.remove('p2pai-tiny')).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(/^p2pai-tiny:\S+ comes with p2pai, and cannot be removed$/)
  })
})

test('rm suggests what is installed, and nothing of the catalog', async () => {
  const library = openLocalModels(temporaryFolder())
  const suggestionsFor = async (name: string) =>
    (await library.remove(name).catch((error: { details: { suggestions: string[] } }) => error.details)) as unknown
  expect(await suggestionsFor('qwen3:4b')).toEqual({ suggestions: [] })
  const file = join(newFolder(), 'alpha.gguf')
  writeFileSync(file, chainModel([' a', ' end'], { name: 'alpha' }))
  const { name } = await library.pull(file)
  expect(await suggestionsFor('alhpa')).toEqual({ suggestions: [name] })
})
