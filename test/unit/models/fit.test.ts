import { expect, test } from 'vitest'
import { CATALOG } from '../../../src/inference/models/catalog.ts'
import { bestFit, recommendations } from '../../../src/inference/models/fit.ts'
import type { LocalModel } from '../../../src/inference/models/local-model.ts'

const GB = 1e9

function model(name: string, gigabytes: number, chat = true): LocalModel {
  return {
    name,
    digest: '',
    sizeBytes: gigabytes * GB,
    path: '',
    place: 'p2pai',
    installed: true,
    source: '',
    licence: '',
    parameterCount: gigabytes * GB * 2,
    quantization: '',
    architecture: '',
    contextSizeTokens: 0,
    chat,
    installedAtMs: 0
  }
}

const models = [model('small', 0.5), model('large', 9), model('middle', 5), model('vectors', 5.1, false)]

test.each([
  [64, 60, 'large'],
  [16, 14, 'middle'],
  [16, 6, 'small'],
  [2, 1, undefined]
])('of %i GB with %i free the best is %s', (total, available, name) => {
  expect(bestFit(models, { totalBytes: total * GB, availableBytes: available * GB })?.name).toBe(name)
})

test('one model a purpose is recommended, and what is too large comes last', () => {
  const all = recommendations({ totalBytes: 16 * GB })
  expect(all.length).toBe(CATALOG.length)
  const best = all.filter(entry => entry.best)
  expect(best.map(({ purpose }) => purpose).sort()).toEqual(['chat', 'code', 'embedding', 'reasoning'])
  for (const entry of best) expect(entry.memoryBytes).toBeLessThanOrEqual(12 * GB)
  expect(all.slice(0, best.length)).toEqual(best)
  expect(all.at(-1)?.fits).toBe(false)
  expect(recommendations({ totalBytes: 0.1 * GB }).some(entry => entry.fits || entry.best)).toBe(false)
})
