import { expect, test } from 'vitest'
import { paintFor } from '../../../src/cli/output/colours.ts'

test.each([
  { id: 'a terminal', tty: true, mode: 'auto', env: {}, coloured: true },
  { id: 'a pipe', tty: false, mode: 'auto', env: {}, coloured: false },
  { id: 'NO_COLOR', tty: true, mode: 'auto', env: { NO_COLOR: '1' }, coloured: false },
  { id: 'an empty NO_COLOR', tty: true, mode: 'auto', env: { NO_COLOR: '' }, coloured: true },
  { id: 'FORCE_COLOR', tty: false, mode: 'auto', env: { FORCE_COLOR: '1' }, coloured: true },
  { id: 'FORCE_COLOR=0', tty: true, mode: 'auto', env: { FORCE_COLOR: '0' }, coloured: false },
  { id: 'case 57: TERM=dumb', tty: true, mode: 'auto', env: { TERM: 'dumb' }, coloured: false },
  { id: '--color never', tty: true, mode: 'never', env: { FORCE_COLOR: '1' }, coloured: false },
  { id: '--color always', tty: false, mode: 'always', env: { NO_COLOR: '1' }, coloured: true }
] as const)('$id', ({ tty, mode, env, coloured }) => {
  expect(paintFor({ isTTY: tty }, mode, env)('red', 'x')).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x')
})
