import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { buildOnce } from './build.ts'

buildOnce()

/** The command as users start it. */
export const PROGRAM = join(import.meta.dirname, '../../bin/p2pai.js')

/** Flags that keep a node of a test away from every network but loopback. */
export const ALONE = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns']

/** What a finished command left. */
export interface Finished {
  code: number | null
  out: string
  err: string
}

/** A home that is gone after the test, or after `hook` says. */
export function newHome(hook: (cleanUp: () => void) => void = onTestFinished): string {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-e2e-'))
  hook(() => rmSync(home, { recursive: true, force: true }))
  return home
}

/** Starts the command with nothing on standard input. */
export function start(home: string, words: string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, NO_COLOR: '1', ...env, P2PAI_HOME: home },
    stdio: ['pipe', 'pipe', 'pipe']
  })
}

/** Runs the command to its end. */
export async function run(
  home: string,
  words: string[],
  { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}
): Promise<Finished> {
  const child = start(home, words, env)
  child.stdin?.end(input)
  return finished(child)
}

/** Waits for a command that was started. */
export async function finished(child: ChildProcess): Promise<Finished> {
  let out = ''
  let err = ''
  child.stdout?.setEncoding('utf8').on('data', chunk => {
    out += chunk
  })
  child.stderr?.setEncoding('utf8').on('data', chunk => {
    err += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** A daemon that is up. */
export interface Served {
  child: ChildProcess
  ready: {
    event: string
    peerId: string
    addresses: string[]
    models: { name: string; digest: string }[]
    api?: string
    pid: number
  }
  stop(): Promise<Finished['code']>
}

/** Starts `p2pai serve` and waits for its ready event. Its HTTP gateway is off, unless `words` have it. */
export async function serve(home: string, words: string[] = []): Promise<Served> {
  const api = words.includes('--api') ? [] : ['--api', 'off']
  const child = start(home, ['serve', ...ALONE, ...api, '--log-format', 'json', ...words])
  let err = ''
  child.stderr?.on('data', chunk => {
    err += String(chunk)
  })
  for await (const line of createInterface({ input: child.stdout! })) {
    const ready = JSON.parse(line)
    if (ready.event !== 'ready') continue
    child.stdout?.resume()
    const stop = async (): Promise<number | null> => {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      return ((await gone) as [number | null])[0]
    }
    return { child, ready, stop }
  }
  throw new Error(`no ready event: ${err}`)
}
