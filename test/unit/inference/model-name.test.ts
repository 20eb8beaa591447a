import { describe, expect, it } from 'vitest'
import type { GgufHeader } from '../../../src/inference/llama/ipc.ts'
import { cleanModelName, modelNameOf, quantizationOf } from '../../../src/inference/llama/model-name.ts'
import { matchesModel } from '../../../src/interface/index.ts'

const header: GgufHeader = {
  architecture: 'llama',
  name: '',
  basename: '',
  sizeLabel: '',
  finetune: '',
  fileType: -1,
  trainContextTokens: 2048,
  blockCount: 1,
  embeddingLength: 64,
  headCount: 4,
  headCountKv: 2,
  keyLength: 16,
  valueLength: 16,
  parameterCount: 0
}

describe('modelNameOf', () => {
  const smollm2 = { basename: 'smollm2', sizeLabel: '135M', finetune: '8k-lc100k-mix1-ep2', fileType: 3 }
  const cases = [
    { id: 'SmolLM2 as published', given: smollm2, file: 'x.gguf', name: 'smollm2:135m-q4_1' },
    {
      id: 'a finetune word',
      given: { basename: 'Llama-3.2', sizeLabel: '1B', finetune: 'Instruct', fileType: 15 },
      file: 'x.gguf',
      name: 'llama-3.2:1b-instruct-q4_k_m'
    },
    {
      id: 'no size label',
      given: { basename: 'p2pai-tiny', fileType: 7, parameterCount: 2_607_168 },
      file: 'x.gguf',
      name: 'p2pai-tiny:2.6m-q8_0'
    },
    { id: 'nothing but a file', given: {}, file: '/a/My Model.Q5_K_M.gguf', name: 'my-model:q5_k_m' },
    {
      id: 'hostile text',
      given: { basename: '../\u001b[31m:x\n\u202e', sizeLabel: 'A:B' },
      file: 'x',
      name: '31m-x:a-b'
    }
  ]
  for (const { id, given, file, name } of cases) {
    it(`names ${id}`, () => {
      expect(modelNameOf({ ...header, ...given }, file)).toBe(name)
      expect(name).toMatch(/^[a-z0-9._-]+(:[a-z0-9._-]+)?$/)
    })
  }

  it('is found by what users type', () => {
    const name = modelNameOf({ ...header, ...smollm2 }, 'x.gguf')
    for (const typed of ['smollm2', 'SmolLM2', 'smollm2:135m-q4_1']) {
      expect(matchesModel(typed, { name, digest: '' })).toBe(true)
    }
  })

  it('cuts names to their bound and keeps one colon', () => {
    expect(cleanModelName(`a:b:c${'d'.repeat(300)}`).length).toBeLessThanOrEqual(128)
    expect(cleanModelName('My Own:Tag:2')).toBe('my-own:tag-2')
    expect(cleanModelName('///')).toBe('model')
  })

  it('takes the quantization of the metadata before that of the file', () => {
    expect(quantizationOf({ ...header, fileType: 7 }, 'a.Q4_0.gguf')).toBe('Q8_0')
    expect(quantizationOf(header, 'a.Q4_0.gguf')).toBe('Q4_0')
    expect(quantizationOf(header, 'a.gguf')).toBe('')
  })
})
