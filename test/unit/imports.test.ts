import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const source = fileURLToPath(new URL('../../src', import.meta.url))

/** Which rooms a room may know. `index.ts` is the public face. */
const MAY_KNOW: Record<string, string[]> = {
  interface: [],
  protocols: ['interface'],
  inference: ['interface'],
  routing: ['interface'],
  gateway: ['interface'],
  accounting: ['interface'],
  testing: ['interface', 'inference'],
  node: ['interface', 'protocols', 'inference', 'routing', 'accounting', 'gateway'],
  'index.ts': ['interface', 'inference', 'accounting', 'gateway', 'node'],
  cli: ['index.ts']
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.ts'))
const roomOf = (file: string) => relative(source, file).split(sep)[0]!

function importsOf(file: string): string[] {
  const text = readFileSync(resolve(source, file), 'utf8')
  const found = text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)
  return [...found].map(match => match[1]!)
}

describe('the house', () => {
  it.each(files)('%s knows only the rooms that it may', file => {
    const path = resolve(source, file)
    const allowed = MAY_KNOW[roomOf(path)]
    expect(allowed, `room ${roomOf(path)} is not in the plan`).toBeDefined()
    for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
      const room = roomOf(resolve(dirname(path), specifier))
      if (room !== roomOf(path)) expect(allowed, `${file} imports ${specifier}`).toContain(room)
    }
  })

  it('keeps node-llama-cpp in the process that runs the model', () => {
    const users = files.filter(file => importsOf(file).includes('node-llama-cpp'))
    expect(users.length).toBeGreaterThan(0)
    for (const file of users) expect(file.startsWith(`inference${sep}llama${sep}child${sep}`), file).toBe(true)
  })

  it('takes its own time limits: Node keeps what is made of its time-outs, see `timeLimit`', () => {
    const users = files.filter(file => readFileSync(resolve(source, file), 'utf8').includes('AbortSignal.timeout('))
    expect(users).toEqual([])
  })

  it('keeps files small: median at most 80 lines, none over 400', () => {
    const written = files.filter(file => !file.endsWith('.pb.ts'))
    const lengths = written
      .map(file => readFileSync(resolve(source, file), 'utf8').split('\n').length)
      .sort((a, b) => a - b)
    expect(lengths.at(-1)).toBeLessThanOrEqual(400)
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(80)
  })
})
