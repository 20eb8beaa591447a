import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { finished, newHome, PROGRAM, run } from './command.ts'

/** Lets every Node of a test run a script before its own. */
function preload(script: string): { NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` }
}

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

test('Ctrl-C while the provider starts ends the demo with 130, and shows no error of the provider', async () => {
  const folder = newHome()
  // Whether the provider gets to say its error depends on when the signal comes; here it always does.
  const complain = `if (process.argv.includes('serve')) process.on('SIGINT', () => process._rawDebug('{"error":{}}'))`
  // A terminal signals the whole group of processes.
  const child = spawn(process.execPath, [PROGRAM, 'demo'], {
    env: { ...process.env, NO_COLOR: '1', TMPDIR: folder, ...preload(complain) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  const end = finished(child)
  // The provider makes its key before it opens the model; by then it listens to signals.
  const hasKey = () => readdirSync(folder).some(name => existsSync(join(folder, name, 'provider/key')))
  await vi.waitUntil(hasKey, { timeout: 20_000, interval: 20 })
  process.kill(-child.pid!, 'SIGINT')
  expect(await end).toEqual({ code: 130, out: '', err: 'demo: a provider starts with the built-in model …\n' })
  expect(readdirSync(folder).filter(name => name.startsWith('p2pai-demo-'))).toEqual([])
})

test('a provider that does not start is one clear line', async () => {
  const refuse = `if (process.argv.includes('serve')) { console.error('no way'); process.exit(9) }`
  const { code, out, err } = await run(newHome(), ['demo'], { env: preload(refuse) })
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err.split('\n')).toEqual([
    'demo: a provider starts with the built-in model …',
    'p2pai: the daemon did not start: no way',
    ''
  ])
})
