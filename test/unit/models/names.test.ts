import { expect, test } from 'vitest'
import { CATALOG, findInCatalog } from '../../../src/inference/models/catalog.ts'
import { fileStemFor, meansModel, nameFromFile } from '../../../src/inference/models/names.ts'
import { isSafeHubPath, parseSource } from '../../../src/inference/models/source.ts'

test.each([
  ['qwen3:8b-q4_k_m', true],
  ['QWEN3:8B-Q4_K_M', true],
  ['qwen3:8b', true],
  ['qwen3', true],
  ['qwen3:8', false],
  ['qwen', false],
  ['qwen3:', true],
  ['qwen3-8b', true],
  ['', false],
  ['qwen3:8b-q4_k_m-x', false]
])('%j means qwen3:8b-q4_k_m: %s', (wanted, means) => {
  expect(meansModel(wanted, { name: 'qwen3:8b-q4_k_m', digest: '', source: 'hf:a/b/c.gguf' })).toBe(means)
})

test('a model is meant by digest and by where it came from, and never by auto', () => {
  const model = { name: 'a:b', digest: 'ab'.repeat(32), source: 'hf:owner/name-GGUF/x-Q4_K_M.gguf' }
  for (const wanted of ['a', 'sha256:abababababab', 'hf:owner/name-GGUF', 'hf:owner/name-GGUF:q4_k_m', model.source]) {
    expect(meansModel(wanted, model), wanted).toBe(true)
  }
  for (const wanted of ['auto', 'ababab', 'hf:owner/name', 'hf:owner/name-GGUF:q8_0', 'hf:other/name-GGUF']) {
    expect(meansModel(wanted, model), wanted).toBe(false)
  }
})

test.each(['../../x', '/etc/passwd', 'a\u0000b', 'CON', '.hidden', '‮fdp', 'ä'.repeat(300), ''])(
  'case T22: the file of a model called %j is a plain name',
  name => {
    expect(fileStemFor(name, 'ab'.repeat(32))).toMatch(/^[a-z0-9][a-z0-9._-]{0,100}-abababababab$/)
  }
)

test('a file name becomes a name', () => {
  expect(nameFromFile('Qwen3-8B-Q4_K_M.gguf')).toBe('qwen3-8b:q4_k_m')
})

test('the catalog: safe sources, one meaning a name, room for more than the file', () => {
  for (const entry of CATALOG) {
    const hub = { kind: 'hub', repository: entry.repository, file: entry.file, revision: 'main' }
    expect(parseSource(`hf:${entry.repository}/${entry.file}`, [])).toEqual(hub)
    expect(parseSource(entry.name, [])).toEqual({ ...hub, name: entry.name, licence: entry.licence })
    expect(findInCatalog(entry.name)).toBe(entry)
    expect(entry.name).toMatch(/^[a-z0-9.-]+:[a-z0-9._-]+$/)
    expect(entry.memoryBytes).toBeGreaterThan(entry.sizeBytes)
  }
  expect(new Set(CATALOG.map(({ name }) => name)).size).toBe(CATALOG.length)
  expect(new Set(CATALOG.map(({ purpose }) => purpose))).toEqual(new Set(['chat', 'code', 'reasoning', 'embedding']))
})

test('an unknown name has near ones', () => {
  expect(() => parseSource('qwen3:4c', [])).toThrow(
    expect.objectContaining({
      code: 'model_not_found',
      details: { suggestions: expect.arrayContaining(['qwen3:4b-q4_k_m']) }
    })
  )
})

test.each([
  ['hf:a/b', { repository: 'a/b' }],
  ['hf.co/a/b:Q8_0', { repository: 'a/b', quantization: 'Q8_0' }],
  ['https://hub.example/a/b', { repository: 'a/b' }],
  [
    'https://hub.example/a/b/resolve/v1/c/d-Q4_0.gguf?download=true',
    { repository: 'a/b', revision: 'v1', file: 'c/d-Q4_0.gguf' }
  ]
])('%s is of the hub', (wanted, expected) => {
  expect(parseSource(wanted, ['hub.example'])).toEqual({ kind: 'hub', revision: 'main', ...expected })
})

test.each(['a/../b.gguf', '/a.gguf', 'a\\b.gguf', 'a.bin', '-a.gguf', 'a//b.gguf', `${'a'.repeat(300)}.gguf`])(
  'case T22: %j is no path in a repository',
  path => {
    expect(isSafeHubPath(path)).toBe(false)
  }
)

test('a repository without hf: is said to be no file, with what gets it', () => {
  const hint = (wanted: string): RegExp => new RegExp(`no file .*; a model of the hub is got as hf:${wanted}$`)
  for (const wanted of ['a/smol-GGUF', 'a/smol-GGUF:Q8_0']) expect(() => parseSource(wanted, [])).toThrow(hint(wanted))
  expect(() => parseSource('./none.gguf', [])).toThrow(/^there is no file "\.\/none\.gguf"$/)
})
