import { readFile, rm } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type LlamaEngine, llamaEngine } from '../../src/inference/index.ts'
import { type EngineEvent, textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { BUILT_IN_MODEL, type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { expectWithin } from './support/within.ts'

const NEXT_ANSWER_MS = 5000
let asked = 0
/** A story, each time asked for in other words, so that it is another request. */
const ask = (maxTokens = 200) => ({
  model: 'auto',
  messages: [textMessage('user', `Tell me story number ${asked++}.`)],
  sampling: { temperature: 1, seed: 3 },
  maxTokens
})

/** Reads until `stop` says so, and gives what the rest of the answer came to. */
async function until(engine: LlamaEngine, reached: (event: EngineEvent) => boolean, act: () => void): Promise<unknown> {
  try {
    let done = false
    for await (const event of engine.generate(ask())) {
      if (done || !reached(event)) continue
      done = true
      act()
    }
    return 'ended'
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

describe('case 43: the engine process dies', () => {
  let folder: ModelFolder
  let engine: LlamaEngine
  beforeAll(async () => {
    folder = await modelFolder()
  })
  afterAll(() => folder.remove())
  beforeEach(async () => {
    // The folder remembers the probe, so that it runs once.
    engine = await llamaEngine({ modelFile: BUILT_IN_MODEL, stateDirectory: folder.path })
  })
  afterEach(() => engine.close())

  const kill = (signal: NodeJS.Signals) => () => void process.kill(engine.processId!, signal)
  const answersSoon = async () => {
    const startedAtMs = performance.now()
    const { end } = await collect(engine, ask(5))
    expect(end.type).toBe('end')
    expect(performance.now() - startedAtMs).toBeLessThan(NEXT_ANSWER_MS)
  }

  for (const signal of ['SIGKILL', 'SIGABRT', 'SIGSEGV'] as const) {
    it(`case 43: fails the running request on ${signal} and answers the next within 5 s`, async () => {
      await engine.load()
      const outcome = await until(engine, event => event.type === 'delta', kill(signal))
      expect(outcome).toBe('engine_crashed')
      await answersSoon()
      expect(engine.status()[0]).toMatchObject({ state: 'warm', restarts: 1, slots: { busy: 0 } })
    })
  }

  it('case 43: keeps a request that waits while the model loads', async () => {
    const answer = collect(engine, ask(5))
    await expect.poll(() => engine.processId).toBeDefined()
    kill('SIGKILL')()
    expect((await answer).end.finishReason).toBe('length')
  })

  it('case 43: fails only what had begun; what waited for a slot is answered after the restart', async () => {
    await engine.close()
    engine = await llamaEngine({ modelFile: BUILT_IN_MODEL, stateDirectory: folder.path, slots: 1 })
    await engine.load()
    let waiting: Promise<unknown> = Promise.resolve()
    const running = until(
      engine,
      event => event.type === 'delta',
      () => {
        waiting = collect(engine, ask(5))
        setTimeout(kill('SIGKILL'), 5)
      }
    )
    expect(await running).toBe('engine_crashed')
    expect(await waiting).toMatchObject({ end: { finishReason: 'length' } })
  })

  it('case 43: notices a process that hangs, by its silence', async () => {
    await engine.load()
    const startedAtMs = performance.now()
    expect(await until(engine, event => event.type === 'delta', kill('SIGSTOP'))).toBe('engine_crashed')
    expectWithin(performance.now() - startedAtMs, 14_000)
    await answersSoon()
  })

  it('case 43: gives no sign of life while the process hangs', async () => {
    await engine.load()
    const after: EngineEvent[] = []
    let stopped = false
    const outcome = (async () => {
      for await (const event of engine.generate(ask())) {
        if (stopped) after.push(event)
        else if (event.type === 'delta') {
          stopped = true
          kill('SIGSTOP')()
        }
      }
    })().catch(() => undefined)
    await new Promise(resolve => setTimeout(resolve, 2500))
    expect(after.filter(event => event.type === 'progress').length).toBeLessThanOrEqual(1)
    kill('SIGKILL')()
    await outcome
  })

  it('case 43: quarantines a model after three crashes by different requests, over restarts of the daemon too', async () => {
    const own = await modelFolder()
    const open = () => llamaEngine({ modelFile: BUILT_IN_MODEL, stateDirectory: own.path })
    const doomed = await open()
    await doomed.load()
    for (let crash = 0; crash < 3; crash++) {
      const outcome = await until(
        doomed,
        event => event.type === 'delta',
        () => void process.kill(doomed.processId!, 'SIGKILL')
      )
      expect(outcome).toBe('engine_crashed')
    }
    expect(doomed.status()[0]!.state).toBe('quarantined')
    await expect(collect(doomed, ask())).rejects.toMatchObject({ code: 'model_quarantined' })
    // The file is written a moment after the crash.
    await expect.poll(async () => (await open()).info.state).toBe('quarantined')
    await doomed.close()
    await own.remove()
  })

  it('case 43: does not try a request a third time that was there at two crashes', async () => {
    await engine.load()
    const request = ask()
    for (let crash = 0; crash < 2; crash++) {
      const run = (async () => {
        for await (const event of engine.generate(request)) if (event.type === 'delta') kill('SIGKILL')()
      })()
      await expect(run).rejects.toMatchObject({ code: 'engine_crashed' })
    }
    await expect(collect(engine, request)).rejects.toThrow(/is not tried on it again/)
    expect((await collect(engine, ask(5))).end.type).toBe('end')
  })

  it('case 44: fails clearly when the file is gone at a restart', async () => {
    const modelFile = await folder.write('copy.gguf', await readFile(BUILT_IN_MODEL))
    const copy = await llamaEngine({ modelFile, stateDirectory: folder.path })
    await copy.load()
    await rm(modelFile)
    process.kill(copy.processId!, 'SIGKILL')
    await expect.poll(() => copy.info.state).toBe('failed')
    await expect(collect(copy, ask())).rejects.toThrow(/copy.gguf cannot be read \(ENOENT\)/)
    await copy.close()
  })

  it('ends its process when it is closed', async () => {
    await engine.load()
    const id = engine.processId!
    await engine.close()
    expect(() => process.kill(id, 0)).toThrow(/ESRCH/)
  })
})
