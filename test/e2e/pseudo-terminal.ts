import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished, vi } from 'vitest'
import { PROGRAM } from './command.ts'

/** Keys as a terminal sends them. */
export const KEY = { enter: '\r', ctrlC: '\u0003', ctrlD: '\u0004', up: '\u001b[A' }

/** The command behind a real pseudo-terminal, which `script` of util-linux makes. */
export class PseudoTerminal {
  readonly child: ChildProcess
  /** All that the command wrote, with what a terminal obeys. */
  raw = ''
  #seen = 0

  constructor(
    home: string,
    words: string[],
    { env = {}, columns = 100 }: { env?: Record<string, string>; columns?: number } = {}
  ) {
    const quoted = [process.execPath, PROGRAM, ...words].map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
    const command = `stty cols ${columns} rows 30; exec ${quoted}`
    this.child = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { ...process.env, NO_COLOR: '1', TERM: 'xterm', ...env, P2PAI_HOME: home },
      stdio: ['pipe', 'pipe', 'inherit']
    })
    this.child.stdout?.setEncoding('utf8').on('data', chunk => {
      this.raw += chunk
    })
    onTestFinished(() => void this.child.kill('SIGKILL'))
  }

  /** What came since the last call that waited, without what a terminal obeys. */
  get text(): string {
    return this.raw.slice(this.#seen).replace(/\u001b\[[0-9;?]*[A-Za-z]|\r/g, '')
  }

  /** Types keys. */
  type(keys: string): void {
    this.child.stdin?.write(keys)
  }

  /** Waits until the command has written this since the last wait. Returns what was written until then. */
  async until(pattern: RegExp): Promise<string> {
    await vi
      .waitUntil(() => pattern.test(this.text), { timeout: 60_000, interval: 20 })
      .catch(() => {
        throw new Error(`${pattern} did not come; there is: ${JSON.stringify(this.raw.slice(this.#seen))}`)
      })
    const text = this.text
    this.#seen = this.raw.length
    return text
  }

  /** Types a message, and waits until it is answered and the prompt is back. */
  async say(message: string): Promise<string> {
    this.type(message + KEY.enter)
    return await this.until(/tokens\/s[\s\S]*>>> $/)
  }

  /** The exit code, when the command has ended. */
  async exit(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode
    return ((await once(this.child, 'exit')) as [number | null])[0]
  }
}
