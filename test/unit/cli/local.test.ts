import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openOwnEngine } from '../../../src/cli/ask/local.ts'
import { testTerminal } from './fixtures.ts'

test.each([
  { tty: true, says: /^opening \.\/missing\.gguf[^\n]*\n$/ },
  { tty: false, says: /^$/ }
])('what --local waits for is said on a terminal only (terminal: $tty)', async ({ tty, says }) => {
  const folder = mkdtempSync(join(tmpdir(), 'p2pai-local-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  vi.stubEnv('P2PAI_HOME', join(folder, 'no parent', 'home'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const { terminal, out, err } = testTerminal({ tty })
  await expect(openOwnEngine('./missing.gguf', terminal)).rejects.toThrow('no file')
  expect(err()).toMatch(says)
  expect(out()).toBe('')
})
