import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '..')
const FOLDER = resolve(ROOT, process.env.P2PAI_TEST_MODELS ?? '../shared/models')
const SMOLLM2 = join(FOLDER, 'SmolLM2-135M-Instruct.Q4_1.gguf')

/** The command as users start it. */
export const PROGRAM = join(ROOT, 'bin/p2pai.js')
/** The model that is measured: SmolLM2 where it is found, else the built-in one. */
export const MODEL_FILE = existsSync(SMOLLM2) ? SMOLLM2 : join(ROOT, 'models/p2pai-tiny.gguf')

/** One line of the result. `goal` says what it should be; `met` is absent where there is no goal. */
export interface Figure {
  name: string
  value: string
  goal?: string
  met?: boolean
}

/** `name: value  [goal ...]  met`. */
export function verdict({ name, value, goal, met }: Figure): string {
  const outcome = met === undefined ? '' : met ? '  met' : '  MISSED'
  return `${name}: ${value}${goal === undefined ? '' : `  [goal ${goal}]${outcome}`}`
}

/** The middle of a list, and its ends. */
export function spread(values: number[]): { min: number; median: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b)
  return { min: sorted[0]!, median: sorted[sorted.length >> 1]!, max: sorted.at(-1)! }
}

/** `12 (10 to 15) ms`. */
export function inWords(values: number[], unit: string, digits = 0): string {
  const { min, median, max } = spread(values)
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)}) ${unit}`
}

const homes: string[] = []

/** A home that is gone at the end. */
export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'p2pai-bench-'))
  homes.push(home)
  return home
}

/** Removes all homes. */
export function removeHomes(): void {
  for (const home of homes) rmSync(home, { recursive: true, force: true })
}

/** A daemon that is ready. */
export interface Daemon {
  home: string
  address: string
  pid: number
  stop(): Promise<void>
}

/** Starts `p2pai serve` on loopback and waits for its ready event. */
export async function startDaemon(words: string[], home = newHome()): Promise<Daemon> {
  const flags = ['serve', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--api', 'off', '--log-format', 'json']
  const child = command(home, [...flags, ...words])
  for await (const line of createInterface({ input: child.stdout! })) {
    const event = JSON.parse(line)
    if (event.event !== 'ready') continue
    child.stdout!.resume()
    const stop = async () => {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    }
    return { home, address: event.addresses[0], pid: event.pid, stop }
  }
  throw new Error('the daemon did not start')
}

/** Starts the command. Its standard error is dropped. */
export function command(home: string, words: string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, P2PAI_HOME: home, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'ignore']
  })
}

/** Milliseconds from the start of the command to the first byte that it prints, and to its end. */
export async function timeCommand(home: string, words: string[]): Promise<{ firstByteMs: number; totalMs: number }> {
  const startedAtMs = performance.now()
  const child = command(home, words)
  let firstByteMs = 0
  child.stdout!.on('data', () => {
    firstByteMs ||= performance.now() - startedAtMs
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}`)
  return { firstByteMs, totalMs: performance.now() - startedAtMs }
}
