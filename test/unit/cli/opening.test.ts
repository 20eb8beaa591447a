import { expect, test } from 'vitest'
import { sayOpening } from '../../../src/cli/opening.ts'
import { testTerminal } from './fixtures.ts'

const FILE = 'models/p2pai-tiny.gguf'

test('a file that is opened is named before, one that is missing is left to the error', () => {
  const { terminal, out, err } = testTerminal()
  sayOpening([FILE, './missing.gguf'], false, () => undefined, terminal)
  expect(out()).toBe('')
  expect(err()).toMatch(/^opening models\/p2pai-tiny\.gguf[^\n]*\n$/)
})

test('in JSON it is an event', () => {
  const { terminal, err } = testTerminal()
  const events: unknown[] = []
  sayOpening([FILE], true, (...event) => void events.push(event), terminal)
  expect(events).toEqual([['info', 'model:opening', { model: FILE }]])
  expect(err()).toBe('')
})
