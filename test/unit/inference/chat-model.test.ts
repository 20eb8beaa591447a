import { describe, expect, it } from 'vitest'
import { isChat } from '../../../src/inference/llama/child/probe.ts'
import type { GgufHeader } from '../../../src/inference/llama/ipc.ts'

const header: GgufHeader = {
  architecture: 'llama',
  name: '',
  basename: '',
  sizeLabel: '',
  finetune: '',
  fileType: -1,
  trainContextTokens: 2048,
  blockCount: 1,
  embeddingLength: 1,
  headCount: 1,
  headCountKv: 1,
  keyLength: 1,
  valueLength: 1,
  parameterCount: 1,
  hasChatTemplate: false
}

describe('isChat', () => {
  it('holds for every model with a template', () => {
    expect(isChat({ ...header, hasChatTemplate: true }, 'General', 'a.gguf')).toBe(true)
  })

  it('holds without one only for a known family in its instruct form', () => {
    expect(isChat({ ...header, finetune: 'Instruct' }, 'MistralChat', 'a.gguf')).toBe(true)
    expect(isChat(header, 'Gemma', 'gemma-2b-it.Q4_0.gguf')).toBe(true)
    expect(isChat({ ...header, name: 'Mistral 7B v0.1' }, 'Mistral', 'mistral.gguf')).toBe(false)
    expect(isChat({ ...header, name: 'My own instruct' }, 'General', 'a.gguf')).toBe(false)
    expect(isChat({ ...header, name: 'Digital Writ' }, 'Gemma', 'commit.gguf')).toBe(false)
  })
})
