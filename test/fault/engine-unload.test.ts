import { rm } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type LlamaEngine, llamaEngine } from '../../src/inference/index.ts'
import { textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { chainModel } from '../fixtures/gguf-model.ts'

const ask = { model: 'auto', messages: [textMessage('user', 'Hello')] }

let folder: ModelFolder
let file: string
let engine: LlamaEngine

beforeEach(async () => {
  folder = await modelFolder()
  file = await folder.write('chain.gguf', chainModel([' the', ' end']))
  engine = await llamaEngine({ modelFile: file, gpu: 'off', threads: 1 })
})

afterEach(async () => {
  await engine.close()
  await folder.remove()
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

it('gives its memory back when it is unloaded, and answers again after', async () => {
  const first = await collect(engine, ask)
  const pid = engine.processId!
  expect(await engine.unload()).toBe(true)
  expect(engine.info.state).toBe('cold')
  expect(isAlive(pid)).toBe(false)
  expect((await collect(engine, ask)).text).toBe(first.text)
  expect(engine.processId).not.toBe(pid)
  expect(engine.status()).toMatchObject([{ restarts: 0, state: 'warm' }])
})

it('is not unloaded while it answers or loads', async () => {
  const loading = engine.load()
  expect(await engine.unload()).toBe(false)
  await loading
  for await (const event of engine.generate(ask)) {
    if (event.type !== 'end') expect(await engine.unload()).toBe(false)
  }
  expect(await engine.unload()).toBe(true)
})

it('a request that comes while the process ends waits for its memory, and is answered', async () => {
  await engine.load()
  const unloaded = engine.unload()
  const [answer] = await Promise.all([collect(engine, ask), unloaded])
  expect(answer.text).toBe(' the end')
})

it('case 44: a file that is gone while its model is cold is said', async () => {
  await engine.load()
  await engine.unload()
  await rm(file)
  await expect(engine.checkFile()).rejects.toMatchObject({ code: 'bad_model' })
  await expect(collect(engine, ask)).rejects.toMatchObject({
    code: 'bad_model',
    message: expect.stringMatching(/chain\.gguf cannot be read \(ENOENT\)/)
  })
  expect(engine.info.state).toBe('failed')
})

it('says how much context there is room for', async () => {
  expect(await engine.contextRoom(0)).toBeGreaterThan(0)
  expect(await engine.contextRoom(-(2 ** 50))).toBe(0)
})
