import { rename } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { type ModelState, textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { chainModel } from '../fixtures/gguf-model.ts'

const ask = { model: 'auto', messages: [textMessage('user', 'Hello')], maxTokens: 4 }

// Each waits for seconds between two tries, so that they wait together.
describe.concurrent('case 44: a model that could not be loaded', () => {
  let folder: ModelFolder
  beforeAll(async () => {
    folder = await modelFolder()
  })
  afterAll(() => folder.remove())

  const open = async (name: string) => {
    const modelFile = await folder.write(name, chainModel(['well', ' then']))
    const engine = await llamaEngine({ modelFile, stateDirectory: folder.path, slots: 1, gpu: 'off', threads: 1 })
    await engine.load()
    const states: ModelState[] = []
    engine.onChange?.(() => states.push(engine.info.state))
    return { engine, modelFile, states, kill: () => void process.kill(engine.processId!, 'SIGKILL') }
  }

  it('case 44: is loaded by itself once its file is back, without a request and without showing hope before', async () => {
    const { engine, modelFile, states, kill } = await open('back.gguf')
    await rename(modelFile, `${modelFile}.away`)
    kill()
    await expect.poll(() => engine.info.state).toBe('failed')
    // The first retry finds nothing, a later one the file.
    await new Promise(resolve => setTimeout(resolve, 6000))
    expect(engine.info.state).toBe('failed')
    expect(states.filter(state => state === 'loading').length).toBe(1)
    await rename(`${modelFile}.away`, modelFile)
    await expect.poll(() => states.at(-1)).toBe('warm')
    expect((await collect(engine, ask)).end.type).toBe('end')
    await engine.close()
  })

  it('case 44: says why it failed, and a request after 5 s starts the next try', async () => {
    const { engine, modelFile, kill } = await open('asked.gguf')
    await rename(modelFile, `${modelFile}.away`)
    kill()
    await expect.poll(() => engine.info.state).toBe('failed')
    // Past the first retry, whose failure makes the next one 10 s away.
    await new Promise(resolve => setTimeout(resolve, 5500))
    await rename(`${modelFile}.away`, modelFile)
    const failure = { code: 'bad_model', message: expect.stringMatching(/^failed at load: .*ENOENT/) }
    await expect(collect(engine, ask)).rejects.toMatchObject(failure)
    expect(engine.info.state).toBe('failed')
    await new Promise(resolve => setTimeout(resolve, 5000))
    await expect(collect(engine, ask)).rejects.toMatchObject(failure)
    await expect.poll(() => engine.info.state).toBe('warm')
    await engine.close()
  })

  it('case 43: an engine that rests for longer than 2 s before its restart does not pretend to be cold', async () => {
    const { engine, states, kill } = await open('crashing.gguf')
    const crash = async () => {
      await expect.poll(() => engine.info.state).toBe('warm')
      kill()
      await expect.poll(() => engine.info.state).not.toBe('warm')
    }
    for (let crashes = 0; crashes < 3; crashes++) await crash()
    expect(new Set(states)).toEqual(new Set(['cold', 'loading', 'warm']))
    await crash()
    expect(engine.info.state).toBe('failed')
    const refusal = { code: 'engine_crashed', details: { retryAfterMs: 4000 } }
    await expect(collect(engine, ask)).rejects.toMatchObject(refusal)
    await expect.poll(() => engine.info.state).toBe('warm')
    expect((await collect(engine, ask)).end.type).toBe('end')
    await engine.close()
  })
})
