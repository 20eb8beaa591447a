import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { graphicsMemory } from '../../../src/inference/models/graphics-memory.ts'
import { newFolder } from './fixtures.ts'

const GIB = 2 ** 30
const NO_TOOL = join(import.meta.dirname, 'no-such-tool')

/** A program that prints this whatever it is asked. */
function tool(text: string): string {
  const file = join(newFolder(), 'tool')
  writeFileSync(file, `#!/bin/sh\nprintf '${text}'\n`)
  chmodSync(file, 0o755)
  return file
}

/** A folder of cards as the kernel shows them. */
function cards(memories: { total: number; used: number }[]): string {
  const folder = newFolder()
  for (const [index, { total, used }] of memories.entries()) {
    const device = join(folder, `card${index}`, 'device')
    mkdirSync(device, { recursive: true })
    writeFileSync(join(device, 'mem_info_vram_total'), `${total}\n`)
    writeFileSync(join(device, 'mem_info_vram_used'), `${used}\n`)
  }
  mkdirSync(join(folder, 'card9-HDMI-A-1'))
  return folder
}

test.skipIf(process.platform === 'win32')("what is free on NVIDIA's cards and on AMD's counts together", async () => {
  expect(await graphicsMemory(tool('23028\\n8000\\n'), cards([]))).toBe(31028 * 2 ** 20)
  expect(await graphicsMemory(NO_TOOL, cards([{ total: 16 * GIB, used: GIB }]))).toBe(15 * GIB)
})

test('a machine without a card, a card without a memory of its own and a tool that says something else are none', async () => {
  expect(await graphicsMemory(NO_TOOL, join(NO_TOOL, 'x'))).toBe(0)
  expect(await graphicsMemory(NO_TOOL, cards([{ total: GIB / 2, used: 0 }]))).toBe(0)
  if (process.platform === 'win32') return
  expect(await graphicsMemory(tool('NVIDIA-SMI has failed\\n[N/A]\\n-5\\n'), cards([]))).toBe(0)
})
