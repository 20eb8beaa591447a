import { expect, test } from 'vitest'
import { checkModelFlag } from '../../../src/cli/ask/model-flag.ts'

const FILE = 'models/p2pai-tiny.gguf'

test('a file is not asked of the network; it is said how to use it', () => {
  expect(() => checkModelFlag({ model: FILE })).toThrow(
    `${FILE} is a file: add --local, or serve it with: p2pai serve --model ${FILE}`
  )
})

test.each(['./missing.gguf', '../x', 'C:\\models\\x.gguf'])('the path %s is no name of a model', model => {
  expect(() => checkModelFlag({ model })).toThrow(/no model's name/)
})

test.each([
  { model: FILE, local: true },
  { model: 'auto' },
  { model: 'smollm2:135m-q4_1' },
  { model: 'models' },
  { model: 'not-here.gguf' }
])('$model may be asked for', flags => {
  checkModelFlag(flags)
})
