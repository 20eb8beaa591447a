import { existsSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { chainModel } from '../../fixtures/gguf-model.ts'
import { sha256 } from './fixtures.ts'
import { withOllama } from './ollama-fixture.ts'

const data = chainModel([' a', ' end'], { name: 'mine' })

test.each([
  // The catalog has qwen3:4b-q4_k_m, and would fetch it.
  'qwen3:4b',
  'mine:1b'
])('pulling %s, as ollama calls it, uses the file where it is', async name => {
  const { put, library } = withOllama()
  const blob = put(name, data)
  const phases = new Set<string>()
  const pulled = await library.pull(name, { onProgress: ({ phase }) => void phases.add(phase) })
  expect(pulled).toMatchObject({ name, digest: sha256(data), path: blob, place: 'ollama', installed: true, chat: true })
  expect([...phases]).toEqual(['checking'])
  expect(await library.pull(name.split(':')[0] === 'mine' ? 'mine' : pulled.digest)).toEqual(pulled)
  await library.remove(name)
  expect(existsSync(blob)).toBe(true)
})

test('a file of ollama that is not what its name says is refused', async () => {
  const { put, library } = withOllama()
  const blob = put('mine:1b', data)
  const wrong = Buffer.from(data)
  wrong[wrong.length - 1]! ^= 1
  writeFileSync(blob, wrong)
  await expect(library.pull('mine:1b')).rejects.toMatchObject({
    code: 'bad_model',
    message: expect.stringMatching(/^mine:1b is not what ollama has fetched/)
  })
  expect(await library.installed()).toEqual([])
})
