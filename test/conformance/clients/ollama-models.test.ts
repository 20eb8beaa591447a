import { Ollama, type ProgressResponse } from 'ollama'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { newHome, type Served, serve } from '../../e2e/command.ts'
import { chainModel } from '../../fixtures/gguf-model.ts'
import { environment, sha256 } from '../../unit/models/fixtures.ts'
import { HubServer } from '../../unit/models/hub-server.ts'

const data = chainModel([' gamma', ' end'], { name: 'gamma' })
const MODEL = 'hf.co/someone/gamma-GGUF'
const statusOf = (error: unknown) => (error as { status_code?: number }).status_code

describe("ollama's library changes the models of a daemon", () => {
  const undo: (() => unknown)[] = []
  let hub: HubServer
  let daemon: Served
  let ollama: Ollama
  let name: string
  beforeAll(async () => {
    hub = await HubServer.start({ 'someone/gamma-GGUF/gamma-Q4_K_M.gguf': { data } })
    // Slow enough that somebody sees it coming.
    hub.faults = { pieceMs: 20 }
    undo.push(() => hub.stop())
    const folder = () => newHome(cleanUp => undo.push(cleanUp))
    for (const [key, value] of Object.entries(environment(folder(), hub.endpoint))) vi.stubEnv(key, value)
    daemon = await serve(folder(), ['--api', '127.0.0.1:0'])
    undo.push(() => daemon.stop())
    ollama = new Ollama({ host: daemon.ready.api! })
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    for (const step of undo.toReversed()) await step()
  })

  it('pulls one with progress, and is answered by it', async () => {
    const parts: ProgressResponse[] = []
    const before = new Set((await ollama.list()).models.map(model => model.name))
    for await (const part of await ollama.pull({ model: MODEL, stream: true })) parts.push(part)
    expect(parts[0]).toEqual({ status: 'pulling manifest' })
    expect(parts.at(-1)).toEqual({ status: 'success' })
    const fetched = parts.filter(part => part.digest !== undefined)
    expect(fetched.length).toBeGreaterThan(1)
    for (const { digest, total, completed } of fetched) {
      expect(digest).toBe(`sha256:${sha256(data)}`)
      expect(total).toBe(data.byteLength)
      expect(completed).toBeLessThanOrEqual(total)
    }
    const added = (await ollama.list()).models.filter(model => !before.has(model.name))
    expect(added.map(model => model.digest)).toEqual([sha256(data)])
    name = added[0]!.name
    const answer = await ollama.chat({ model: name, messages: [{ role: 'user', content: 'Hello' }] })
    expect(answer.message.content.trim()).toBe('gamma end')
    const running = (await ollama.ps()).models.find(model => model.name === name)
    expect(Date.parse(String(running?.expires_at))).toBeGreaterThan(Date.now())
  })

  it('pulls without a stream what is here already', async () => {
    expect(await ollama.pull({ model: MODEL, stream: false })).toEqual({ status: 'success' })
  })

  it('hears in the stream that a model is nowhere', async () => {
    const pulled = async () => {
      for await (const _ of await ollama.pull({ model: 'hf.co/someone/nothing', stream: true }));
    }
    await expect(pulled()).rejects.toThrow(/someone\/nothing/)
  })

  it('removes one, which nobody answers with any more; a second time it is not found', async () => {
    expect(await ollama.delete({ model: name })).toEqual({ status: 'success' })
    expect((await ollama.list()).models.map(model => model.name)).not.toContain(name)
    const again = await ollama.delete({ model: name }).catch((error: unknown) => error)
    expect(statusOf(again)).toBe(404)
  })
})
