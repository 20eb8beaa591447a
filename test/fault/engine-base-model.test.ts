import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineSet, llamaEngine } from '../../src/inference/index.ts'
import { textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { chainModel, type FixtureOptions } from '../fixtures/gguf-model.ts'

const NO_TEMPLATE: FixtureOptions = { keys: { 'tokenizer.chat_template': { type: 'string', value: '' } } }
const ask = (model: string) => ({ model, messages: [textMessage('user', 'Hello')], maxTokens: 4 })

describe('a base model', () => {
  let folder: ModelFolder
  beforeAll(async () => {
    folder = await modelFolder()
  })
  afterAll(() => folder.remove())

  const open = async (name: string, options: FixtureOptions, log?: (event: string, fields: unknown) => void) =>
    llamaEngine({
      modelFile: await folder.write(`${name}.gguf`, chainModel([name], options)),
      stateDirectory: folder.path,
      slots: 1,
      gpu: 'off',
      threads: 1,
      log: (_level, event, fields) => log?.(event, fields)
    })

  it('is not taken for auto, but answers by its name and says with which template', async () => {
    const logged: [string, unknown][] = []
    const base = await open('base', NO_TEMPLATE, (event, fields) => logged.push([event, fields]))
    expect(base.info.features.chat).toBe(false)
    const set = engineSet([base])
    await expect(collect(set, ask('auto'))).rejects.toMatchObject({ code: 'model_not_found' })
    await expect(collect(base, ask('auto'))).rejects.toMatchObject({ code: 'model_not_found' })
    expect((await collect(set, ask(base.info.name))).text).toBe('base')
    // The library guesses a template from the first token of the vocabulary.
    const fields = expect.objectContaining({ chatTemplate: 'Llama2Chat' })
    expect(logged).toContainEqual(['engine:base-model', fields])
    const loaded = logged.find(([event]) => event === 'engine:loaded')?.[1] as { decodeTokensPerSecond: number }
    expect(String(loaded.decodeTokensPerSecond)).toMatch(/^\d+(\.\d)?$/)
    await set.close()
  })

  it('stands back behind a chat model for auto, whose template makes it one', async () => {
    const set = engineSet([await open('base', NO_TEMPLATE), await open('chat', {})])
    expect((await set.models()).map(model => model.features.chat)).toEqual([false, true])
    expect((await collect(set, ask('auto'))).text).toBe('chat')
    await set.close()
  })
})
