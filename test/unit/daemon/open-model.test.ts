import { expect, test } from 'vitest'
import { openModel } from '../../../src/node/daemon/open-model.ts'
import { temporaryFolder } from '../home/fixtures.ts'

test.each(['qwen3:4b', 'qwen3', 'hf:a/b-GGUF:Q8_0'])(
  '%s can be got, and that is said with the command',
  async model => {
    await expect(openModel(model, { home: temporaryFolder() })).rejects.toMatchObject({
      code: 'model_not_found',
      message: `${model} is not installed; get it with: p2pai models pull ${model}`
    })
  }
)

test('a file that is not there is said to be none', async () => {
  await expect(openModel('./none.gguf', { home: temporaryFolder() })).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'there is no file ./none.gguf'
  })
})
