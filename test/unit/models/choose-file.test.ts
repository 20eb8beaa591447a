import { expect, test } from 'vitest'
import { chooseFile } from '../../../src/inference/models/hub-listing.ts'

const files = ['m-Q8_0.gguf', 'm-Q4_K_M.gguf', 'm-UD-Q4_K_XL.gguf', 'm-BF16.gguf', 'sub/m-Q2_K.gguf']

test.each([
  [undefined, 'm-Q4_K_M.gguf'],
  ['q8_0', 'm-Q8_0.gguf'],
  ['UD-Q4_K_XL', 'm-UD-Q4_K_XL.gguf'],
  ['BF16', 'm-BF16.gguf'],
  ['Q2_K', 'sub/m-Q2_K.gguf'],
  ['Q4_K', undefined]
])('quantization %s means %s', (quantization, file) => {
  expect(chooseFile(files, quantization)).toBe(file)
})

test('without a known quantization the only file is meant', () => {
  expect(chooseFile(['model.gguf'])).toBe('model.gguf')
  expect(chooseFile([])).toBeUndefined()
})
