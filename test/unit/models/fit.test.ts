import { expect, test } from 'vitest'
import { CATALOG } from '../../../src/inference/models/catalog.ts'
import { bestFit, couldFit, recommendations } from '../../../src/inference/models/fit.ts'
import type { LocalModel } from '../../../src/inference/models/local-model.ts'
import type { Machine } from '../../../src/inference/models/machine.ts'

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

/** A machine with so many GB of memory, free of it, and on a graphics card. */
function machine(total: number, available = total, graphics = 0, gigabytesPerSecond = 40): Machine {
  return {
    totalBytes: total * GB,
    availableBytes: available * GB,
    graphicsBytes: graphics * GB,
    bytesPerSecond: gigabytesPerSecond * GB
  }
}

test.each([
  [64, 60, 'large'],
  [16, 14, 'middle'],
  [16, 6, 'small'],
  [2, 1, undefined]
])('of %i GB with %i free the best is %s', (total, available, name) => {
  expect(bestFit(models, machine(total, available))?.name).toBe(name)
})

test('a graphics card takes what the memory of the machine does not', () => {
  expect(bestFit(models, machine(16, 3, 24))?.name).toBe('large')
  expect(bestFit(models, machine(16, 3, 8))?.name).toBe('middle')
  expect(bestFit(models, machine(16, 3, 0))).toBeUndefined()
})

test('a processor that is too slow for a large model gets a smaller one, and the smallest when all are too slow', () => {
  expect(bestFit(models, machine(64, 60, 0, 10))?.name).toBe('small')
  expect(bestFit(models, machine(64, 60, 0, 1))?.name).toBe('small')
  // On the card the processor's speed plays no part.
  expect(bestFit(models, machine(64, 60, 24, 1))?.name).toBe('large')
})

test('one model a purpose is recommended, and what is too large comes last', () => {
  const all = recommendations(machine(16))
  expect(all.length).toBe(CATALOG.length)
  const best = all.filter(entry => entry.best)
  expect(best.map(({ purpose }) => purpose).sort()).toEqual(['chat', 'code', 'embedding', 'reasoning'])
  for (const entry of best) expect(entry.memoryBytes).toBeLessThanOrEqual(12 * GB)
  expect(all.slice(0, best.length)).toEqual(best)
  expect(all.at(-1)?.fits).toBe(false)
  expect(recommendations(machine(0.1)).some(entry => entry.fits || entry.best)).toBe(false)
})

test('speed is told for a processor, and what would be slower than reading is not recommended', () => {
  const all = recommendations(machine(64, 60, 0, 10))
  const speedOf = (name: string) => all.find(entry => entry.name === name)?.tokensPerSecond
  expect(speedOf('qwen3.6:27b-q4_k_m')).toBeCloseTo(0.6, 1)
  // A mixture of experts reads a small part of its weights for a token.
  expect(speedOf('qwen3-coder:30b-a3b-instruct-q4_k_m')).toBe(5)
  for (const entry of all.filter(({ best }) => best)) expect(entry.tokensPerSecond ?? 3).toBeGreaterThanOrEqual(3)
  expect(all.find(({ best, purpose }) => best && purpose === 'code')?.name).toBe('qwen3-coder:30b-a3b-instruct-q4_k_m')
  expect(recommendations(machine(64, 60, 24, 10)).every(({ tokensPerSecond }) => tokensPerSecond === undefined)).toBe(
    true
  )
})

test('what is recommended is what serve takes once it is installed', () => {
  for (const total of [2, 4, 8, 16, 24, 32, 64, 128]) {
    for (const free of [0.2, 0.4, 0.6, 0.8, 1]) {
      for (const graphics of [0, 6, 12, 24]) {
        for (const speed of [10, 20, 40]) {
          const here = machine(total, total * free, graphics, speed)
          const best = recommendations(here).find(entry => entry.best && entry.purpose === 'chat')
          if (best === undefined) continue
          const installed = { ...model(best.name, 1), sizeBytes: best.sizeBytes }
          expect(bestFit([installed], here)?.name, JSON.stringify(here)).toBe(best.name)
          expect(couldFit(installed, here)).toBe(true)
        }
      }
    }
  }
})
