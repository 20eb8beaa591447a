import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { openSessions } from '../../src/node/sessions/index.ts'

const WRITER = join(import.meta.dirname, 'support/session-writer.ts')
const KILLS = 20

test(`case 38: ${KILLS} kills while two processes store conversations leave each as it was, or one turn longer`, async () => {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-sessions-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  for (let kill = 0; kill < KILLS; kill++) {
    const saidUntil = 1 + Math.floor(Math.random() * 8)
    const names = [`a${kill}`, `b${kill}`]
    const said = await Promise.all(names.map(name => writeAndDie(home, name, saidUntil)))
    const store = await openSessions(home)
    for (const [at, name] of names.entries()) {
      const turns = store.read(name)?.turns ?? []
      const numbers = turns.map(turn => turn.question)
      expect(numbers).toEqual(turns.map((_, number) => `${name} ${number + 1}`))
      expect(turns.every((turn, number) => turn.answer.length === (number + 1) * 50)).toBe(true)
      // What was said to be stored is there; the kill may have come before the next was said.
      expect(turns.length).toBeGreaterThanOrEqual(said[at]!)
    }
    store.close()
  }
  const last = await openSessions(home)
  expect(last.list()).toHaveLength(2 * KILLS)
  last.close()
})

/** Lets a process store turns until it said so many, and kills it in whatever it does then. */
async function writeAndDie(home: string, name: string, saidUntil: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, home, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  const gone = once(child, 'exit')
  let said = 0
  for await (const line of createInterface({ input: child.stdout })) {
    said = Number(line)
    if (said >= saidUntil) child.kill('SIGKILL')
  }
  await gone
  return said
}
