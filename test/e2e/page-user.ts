import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Finished } from './command.ts'

/** Any command that waits this long hangs. */
const COMMAND_TIMEOUT_MS = 60_000
/** What a daemon in the foreground says when it is up. */
const READY = /^p2pai ready: .*$/m

/** Somebody who types the command lines of a page into a real shell. */
export class PageUser {
  readonly home: string
  readonly env: Record<string, string>
  readonly #folder: string
  readonly #here: (text: string) => string
  #daemon: ChildProcess | undefined

  /** `here`: a text of a page with the addresses of this world. */
  constructor(folder: string, env: Record<string, string>, here: (text: string) => string) {
    this.home = join(folder, 'home')
    this.env = env
    this.#folder = folder
    this.#here = here
  }

  /**
   * Runs a line to its end. A daemon in the foreground is done when it is up, and runs on as in another terminal, until
   * the next one or the end.
   */
  async type(line: string): Promise<Finished> {
    const isDaemon = /\bp2pai serve\b(?!.*--detach)/.test(line)
    if (isDaemon) await this.#stopDaemon()
    const { promise, resolve, reject } = Promise.withResolvers<Finished>()
    // A daemon takes the place of the shell, so that a signal is its own.
    const child = spawn('bash', ['-o', 'pipefail', '-c', `${isDaemon ? 'exec ' : ''}${this.#here(line)}`], {
      cwd: this.#folder,
      env: { ...process.env, NO_COLOR: '1', ...this.env, P2PAI_HOME: this.home }
    })
    // A chat without a terminal takes its one question from here. What does not read may be gone before it is written.
    const isChat = /p2pai (chat|run \S+)\s*(-c\s*)?(#.*)?$/.test(line)
    child.stdin.on('error', () => undefined).end(isChat ? 'Hello' : '')
    const said: Finished = { code: null, out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', chunk => {
      said.out += chunk
      if (!isDaemon || !READY.test(said.out)) return
      this.#daemon = child
      resolve({ ...said, code: 0 })
    })
    child.stderr.setEncoding('utf8').on('data', chunk => {
      said.err += chunk
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${line} does not end: ${said.out}${said.err}`))
    }, COMMAND_TIMEOUT_MS)
    child.once('error', reject)
    child.once('close', code => resolve({ ...said, code }))
    return await promise.finally(() => clearTimeout(timer))
  }

  /** Stops whatever daemon was left running. */
  async leave(): Promise<void> {
    await this.#stopDaemon()
    await this.type('p2pai stop')
  }

  async #stopDaemon(): Promise<void> {
    const daemon = this.#daemon
    this.#daemon = undefined
    if (daemon === undefined || daemon.exitCode !== null) return
    const gone = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    const [code, signal] = await gone
    if (code !== 0) throw new Error(`the daemon ended with ${code ?? signal}`)
  }
}
