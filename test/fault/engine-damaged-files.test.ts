import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { llamaEngine } from '../../src/inference/index.ts'
import { BadModelError, textMessage } from '../../src/interface/index.ts'
import { collect } from '../../src/testing/index.ts'
import { BUILT_IN_MODEL, type ModelFolder, modelFolder } from '../fixtures/gguf-folder.ts'
import { randomModel, uniforms } from '../fixtures/gguf-model.ts'
import { textModel } from '../fixtures/gguf-text-model.ts'

const HEADER_BYTES = 20_000
/** Short form of the proof: each run is a process. */
const RANDOM_RUNS = 6

describe('case 42: damaged model files', () => {
  let folder: ModelFolder
  let intact: Buffer
  beforeAll(async () => {
    folder = await modelFolder()
    intact = await readFile(BUILT_IN_MODEL)
  })
  afterAll(() => folder.remove())

  const changed = (change: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(intact)
    change(bytes)
    return bytes
  }
  const damages: { id: string; bytes: () => Uint8Array; reason: RegExp }[] = [
    { id: 'empty', bytes: () => Buffer.alloc(0), reason: /the file is empty/ },
    { id: 'magic only', bytes: () => Buffer.from('GGUF'), reason: /does not begin with GGUF/ },
    { id: 'HTML', bytes: () => Buffer.from('<html><body>404 not found</body></html>'), reason: /does not begin/ },
    { id: 'cut at 50 %', bytes: () => intact.subarray(0, intact.length / 2), reason: /the file is cut/ },
    { id: 'cut at 99 %', bytes: () => intact.subarray(0, Math.floor(intact.length * 0.99)), reason: /cut|bounds|read/ },
    { id: 'cut at 256 bytes', bytes: () => intact.subarray(0, 256), reason: /cut|beyond/ },
    { id: 'bad magic', bytes: () => changed(bytes => bytes.write('GGUX')), reason: /does not begin with GGUF/ },
    { id: 'version 99', bytes: () => changed(bytes => bytes.writeUInt32LE(99, 4)), reason: /version 99 is not known/ },
    {
      id: 'tensor count 2^40',
      bytes: () => changed(bytes => bytes.writeBigUInt64LE(1n << 40n, 8)),
      reason: /claims 1099511627776 tensors/
    },
    {
      id: 'key count 2^40',
      bytes: () => changed(bytes => bytes.writeBigUInt64LE(1n << 40n, 16)),
      reason: /claims 1099511627776 keys/
    },
    {
      id: 'key count 2^64-1',
      bytes: () => changed(bytes => bytes.writeBigUInt64LE(0xffffffffffffffffn, 16)),
      reason: /claims .* keys/
    },
    { id: 'zeroed body', bytes: () => changed(bytes => bytes.fill(0, 1000)), reason: /.+/ },
    {
      id: 'no heads, which aborts the library',
      bytes: () => randomModel({ keys: { 'llama.attention.head_count': { type: 'u32', value: 0 } } }),
      reason: /crashed the loader|head/
    },
    {
      id: 'two billion layers, which aborts the library',
      bytes: () => randomModel({ keys: { 'llama.block_count': { type: 'u32', value: 2_000_000_000 } } }),
      reason: /crashed the loader|layer|block|missing|tensor/
    },
    {
      id: 'a template that never ends',
      bytes: () =>
        randomModel({
          keys: {
            'tokenizer.chat_template': {
              type: 'string',
              value:
                '{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}x{% endfor %}{% endfor %}{% endfor %}'
            }
          }
        }),
      reason: /sign of life|within|template|range|crashed/
    }
  ]

  for (const { id, bytes, reason } of damages) {
    it(`case 42: refuses a file that is damaged: ${id}`, async () => {
      const modelFile = await folder.write('damaged.gguf', bytes())
      const error = await llamaEngine({ modelFile }).catch(caught => caught)
      expect(error).toBeInstanceOf(BadModelError)
      expect(error.message).toMatch(/^not a usable GGUF: [^\n]+$/)
      expect(error.message).toMatch(reason)
    })
  }

  it('case 42: survives random damage in headers; such a file is refused or answers', async () => {
    const random = uniforms(42)
    for (let run = 0; run < RANDOM_RUNS; run++) {
      const bytes = changed(copy => {
        for (let hits = 1 + Math.floor(random() * 6); hits > 0; hits--) {
          copy[Math.floor(random() * HEADER_BYTES)] = Math.floor(random() * 256)
        }
      })
      const modelFile = await folder.write(`random-${run}.gguf`, bytes)
      const engine = await llamaEngine({ modelFile }).catch(caught => caught)
      if (engine instanceof Error) {
        expect(engine).toBeInstanceOf(BadModelError)
        expect(engine.message).toMatch(/^not a usable GGUF: [^\n]+$/)
        continue
      }
      const request = { model: 'auto', messages: [textMessage('user', 'Hello')], maxTokens: 4 }
      const answer = await collect(engine, request).catch(caught => caught)
      expect(answer instanceof Error ? 'code' in answer : answer.end.type === 'end').toBe(true)
      await engine.close()
    }
  })

  it('refuses a folder, a missing file and a model that makes no text', async () => {
    await expect(llamaEngine({ modelFile: folder.path })).rejects.toThrow(/not a usable GGUF: .* is not a file/)
    await expect(llamaEngine({ modelFile: `${folder.path}/none.gguf` })).rejects.toThrow(/cannot be read \(ENOENT\)/)
    // For vectors by its architecture, but nothing in it says how they are joined into one.
    const modelFile = await folder.write('vectors.gguf', textModel({ pooling: 'none' }))
    await expect(llamaEngine({ modelFile })).rejects.toThrow(/bert is for vectors, but the file does not say how/)
  })

  it('tells models for vectors of ordinary architectures by how they join their vectors', async () => {
    const pooled = randomModel({ keys: { 'llama.pooling_type': { type: 'u32', value: 3 } } })
    const engine = await llamaEngine({ modelFile: await folder.write('pooled.gguf', pooled) })
    expect(engine.info.features).toMatchObject({ chat: false, embeddings: true, rerank: false })
    await engine.close()
  })

  it('refuses a model for vectors whose numbers are none', async () => {
    const bytes = textModel({ pooling: 'mean' })
    // The weights are the end of the file: all of them not a number.
    for (let at = bytes.length - 4; at > bytes.length / 2; at -= 4) bytes.writeFloatLE(Number.NaN, at)
    const modelFile = await folder.write('nan.gguf', bytes)
    await expect(llamaEngine({ modelFile })).rejects.toThrow(
      /not a usable GGUF: it computes vectors that are not numbers/
    )
  })
})
