import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { newHome, run } from './command.ts'

test('the demo shows tokens, who answered and how fast, and cleans up', async () => {
  const folders = (): string[] => readdirSync(tmpdir()).filter(name => name.startsWith('p2pai-demo-'))
  const before = folders()
  const { code, out, err } = await run(newHome(), ['demo', 'What is the capital of France?'])
  expect(err).toMatch(/p2pai-tiny:\S+ is served by \S+/)
  expect(err).toMatch(/p2pai-tiny:\S+ at \S+ · first token .* tokens/)
  expect(out).toMatch(/^\S.*\n$/s)
  expect(code).toBe(0)
  expect(folders()).toEqual(before)
})
