import { describe, expect, it } from 'vitest'
import { matchesModel, servesModel } from '../../../src/interface/model-name.ts'
import { keyOfWanted, keysOfModels } from '../../../src/routing/model-keys.ts'

const DIGEST = 'ab'.repeat(32)
const FEATURES = { chat: true, schema: false, tools: false, resume: false, logprobs: 0 }

/** What is typed, what is served, and whether it is meant. */
const TABLE: [string, string, boolean][] = [
  ['smollm2', 'smollm2:135m-q4_1', true],
  ['smollm2:135m', 'smollm2:135m-q4_1', true],
  ['smollm2-135m', 'smollm2:135m-q4_1', true],
  ['SmolLM2-135M', 'smollm2:135m-q4_1', true],
  ['smollm2:135m-q4_1', 'smollm2:135m-q4_1', true],
  ['SmolLM2-135M-Instruct', 'smollm2:135m-q4_1', true],
  [' smollm2:135m-instruct-q4_1 ', 'SmolLM2:135M-Q4_1', true],
  ['smollm2:1.7b', 'smollm2:135m-q4_1', false],
  ['smollm2:135', 'smollm2:135m-q4_1', false],
  ['smollm2:135m-q8_0', 'smollm2:135m-q4_1', false],
  ['smollm2:135m-q4_1-more', 'smollm2:135m-q4_1', false],
  ['smollm', 'smollm2:135m-q4_1', false],
  ['135m', 'smollm2:135m-q4_1', false],
  ['llama-3.2:1b', 'llama-3.2:1b-instruct-q4_k_m', true],
  ['Llama-3.2-1B-Instruct', 'llama-3.2:1b-instruct-q4_k_m', true],
  ['llama', 'llama-3.2:1b-instruct-q4_k_m', false],
  ['gemma-3-1b-it', 'gemma-3:1b-q4_0', true],
  ['qwen3', 'qwen3-coder:30b', false],
  ['qwen3-coder', 'qwen3:8b', false],
  ['chat', 'chat:1b', true],
  ['chat', 'instruct:1b', false],
  ['embed', 'embed', true],
  ['', 'embed', false],
  ['-', 'embed', false],
  ['-', ':', false]
]

describe('a model by name', () => {
  it.each(TABLE)('%s, served %s: %s', (wanted, name, expected) => {
    expect(matchesModel(wanted, { name, digest: DIGEST })).toBe(expected)
  })

  it('is found in the DHT by whatever means it', () => {
    for (const [wanted, name, expected] of TABLE) {
      if (expected) expect(keysOfModels([{ name, features: FEATURES }]), wanted).toContain(keyOfWanted(wanted))
    }
  })

  it('stands under few keys, however long its name is', () => {
    const name = `a${'-a'.repeat(60)}`
    expect(keysOfModels([{ name, features: FEATURES }])).toEqual(['any', keyOfWanted(name)])
    const tagged = `a:${'a-'.repeat(60)}`
    const keys = keysOfModels([{ name: tagged, features: FEATURES }])
    expect(keys.length).toBeLessThan(8)
    expect(keys).toContain(keyOfWanted(tagged))
  })

  it('is meant by a digest prefix of twelve digits and more', () => {
    const model = { name: 'm', digest: DIGEST }
    expect(matchesModel('abababababab', model)).toBe(true)
    expect(matchesModel('sha256:abababababab', model)).toBe(true)
    expect(matchesModel('ababababab', model)).toBe(false)
  })

  it('serves auto when it can chat, and its name in any case', () => {
    const model = { name: 'embed', digest: DIGEST, features: { chat: false } }
    expect(servesModel(' Auto ', model)).toBe(false)
    expect(servesModel('auto', { ...model, features: { chat: true } })).toBe(true)
    expect(servesModel('embed', model)).toBe(true)
    expect(servesModel('other', model)).toBe(false)
  })
})
