import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LlamaEngine, llamaEngine } from '../../src/inference/index.ts'
import { type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { textModel } from '../fixtures/gguf-text-model.ts'
import { until } from './support/until.ts'

/** Enough to be in the middle of for a while. */
const MANY = Array.from({ length: 100 }, (_, index) => `${index} ${'word '.repeat(60)}`)

describe('a process that makes vectors', () => {
  let folder: ModelFolder
  let engine: LlamaEngine

  beforeAll(async () => {
    folder = await modelFolder()
    // Layers enough that a request takes its time.
    const modelFile = await folder.write('vectors.gguf', textModel({ pooling: 'mean', layers: 12 }))
    engine = await llamaEngine({ modelFile })
    await engine.load()
  })
  afterAll(async () => {
    await engine.close()
    await folder.remove()
  })

  const embed = (inputs: string[], options = {}) => engine.embed!({ model: 'auto', inputs }, options)
  const isFree = () => engine.status()[0]!.slots.busy === 0

  it('fails the request that it had when it is killed, keeps those that wait, and works again', async () => {
    const running = embed(MANY)
    const failed = expect(running).rejects.toMatchObject({ code: 'engine_crashed' })
    await until(() => !isFree(), 5_000)
    const waiting = embed(['after'])
    process.kill(engine.processId!, 'SIGKILL')
    await failed
    expect((await waiting).vectors).toHaveLength(1)
    expect(engine.status()[0]!.restarts).toBe(1)
  })

  it('does one request after the other, in turns between those who ask', async () => {
    const order: string[] = []
    const done = (name: string) => () => void order.push(name)
    const all = [
      embed(MANY, { tenant: 'a' }).then(done('a1')),
      embed(MANY, { tenant: 'a' }).then(done('a2')),
      embed(MANY, { tenant: 'a' }).then(done('a3')),
      embed(['short'], { tenant: 'b' }).then(done('b'))
    ]
    expect(engine.status()[0]!.slots.total).toBe(1)
    await Promise.all(all)
    expect(order[0]).toBe('a1')
    expect(order.indexOf('b')).toBeLessThan(order.indexOf('a3'))
  })

  it('ends between two texts when the asker leaves, and the next one gets its turn', async () => {
    const controller = new AbortController()
    const left = embed(MANY, { signal: controller.signal })
    await until(() => !isFree(), 5_000)
    controller.abort()
    await expect(left).rejects.toMatchObject({ code: 'aborted' })
    expect((await embed(['next'])).vectors).toHaveLength(1)
    expect(isFree()).toBe(true)
  })

  it('answers no prompt and ranks nothing, and says why', async () => {
    const prompt = async () => {
      for await (const _ of engine.generate({ model: engine.info.name, messages: [] }));
    }
    const refused = { code: 'unsupported_feature', details: { field: 'model' } }
    await expect(prompt()).rejects.toMatchObject(refused)
    const rank = engine.rerank!({ model: engine.info.name, query: 'a', documents: ['b'] })
    await expect(rank).rejects.toMatchObject(refused)
  })
})
