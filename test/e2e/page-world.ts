import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { P2paiNode } from '../../src/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { type Nodes, startNodes } from '../conformance/clients/support/world.ts'
import { environment } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'
import { type Finished, newHome, PROGRAM } from './command.ts'
import { PRINTED, ROOT } from './page.ts'

/** What every question is answered with: words, a block of code, and a tool where there are any. */
export const ANSWER = 'The sky is blue.\n\n```ts\nconst sky: string = "blue"\n```\n'
const BUILT_IN = join(ROOT, 'models/p2pai-tiny.gguf')
/** Nobody's. */
const STRANGER = '12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5'
/** Any command that waits this long hangs. */
const COMMAND_TIMEOUT_MS = 60_000
const READY = /^p2pai ready: /m

/** The world that a page speaks of: a provider called `attic`, the gateway of another node, and the hub. */
export class PageWorld {
  readonly provider: P2paiNode
  readonly #nodes: Nodes
  readonly #hub: HubServer

  private constructor(nodes: Nodes, hub: HubServer) {
    this.provider = nodes.provider
    this.#nodes = nodes
    this.#hub = hub
  }

  /** Starts all on loopback. The hub has the built-in model under the names of the catalog that pages use. */
  static async start(): Promise<PageWorld> {
    const toolCalls = [{ name: 'get_weather', arguments: { city: 'Paris' } }]
    const engine = scriptedEngine({ text: ANSWER, toolCalls, features: { embeddings: true, rerank: true } })
    // Longer by a few bytes, so that nobody takes it for the built-in one.
    const model = { data: new Uint8Array(Buffer.concat([readFileSync(BUILT_IN), Buffer.alloc(32)])) }
    const files = ['Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf', 'Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf']
    const hub = await HubServer.start(Object.fromEntries(files.map(name => [name, model])))
    return new PageWorld(await startNodes([engine], 'attic'), hub)
  }

  async stop(): Promise<void> {
    this.#hub.stop()
    await this.#nodes.stop()
  }

  /** The text of a page with the addresses and ids of this world. */
  here(text: string): string {
    return text
      .replace(PRINTED.address, this.#address)
      .replace(PRINTED.gateway, new URL(this.#nodes.url).host)
      .replace(PRINTED.denied, STRANGER)
      .replace(PRINTED.peerId, this.provider.peerId)
  }

  get #address(): string {
    return this.provider.status().addresses[0]!
  }

  /** A user at a shell: a home, a folder with files, and the settings that keep the daemon on loopback. */
  user(hook?: (cleanUp: () => void) => void): PageUser {
    const folder = newHome(hook)
    const bin = join(folder, 'bin')
    mkdirSync(bin)
    script(join(bin, 'p2pai'), `exec "${process.execPath}" "${PROGRAM}" "$@"`)
    // The system's own is not told to start anything for a test.
    script(join(bin, 'systemctl'), 'exit 0')
    for (const name of ['p2pai-tiny.gguf', 'my-model.gguf']) copyFileSync(BUILT_IN, join(folder, name))
    writeFileSync(join(folder, 'main.ts'), 'export const sky = "blue"\n')
    writeFileSync(join(folder, 'notes.txt'), 'The sky is blue.\n')
    for (const words of [
      ['init', '-q'],
      ['add', '-N', 'main.ts'],
      ['add', 'notes.txt']
    ]) {
      spawnSync('git', words, { cwd: folder })
    }
    const env = {
      ...environment(folder, this.#hub.endpoint),
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      PATH: `${bin}:${process.env.PATH}`,
      P2PAI_NETWORK_MDNS: 'false',
      P2PAI_NETWORK_BOOTSTRAP: this.#address,
      P2PAI_SERVE_LISTEN: '/ip4/127.0.0.1/tcp/0',
      P2PAI_SERVE_API: '127.0.0.1:0'
    }
    return new PageUser(folder, env, text => this.here(text))
  }
}

/** Types the command lines of a page into a real shell. */
export class PageUser {
  readonly folder: string
  readonly home: string
  readonly env: Record<string, string>
  readonly #here: (text: string) => string

  constructor(folder: string, env: Record<string, string>, here: (text: string) => string) {
    this.folder = folder
    this.home = join(folder, 'home')
    this.env = env
    this.#here = here
  }

  /** Runs a line to its end. A daemon in the foreground is stopped with SIGTERM when it says that it is up. */
  async type(line: string): Promise<Finished> {
    const isDaemon = /\bp2pai serve\b(?!.*--detach)/.test(line)
    // Where a terminal would be, somebody types one question.
    const input = /p2pai (chat|run \S+)\s*(-c\s*)?(#.*)?$/.test(line) ? 'Hello' : ''
    const { promise, resolve, reject } = Promise.withResolvers<Finished>()
    // A foreground daemon takes the place of the shell, so that the signal is its own.
    const shell = isDaemon ? `exec ${this.#here(line)}` : this.#here(line)
    const child = spawn('bash', ['-o', 'pipefail', '-c', shell], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: '1', ...this.env, P2PAI_HOME: this.home }
    })
    // A command that does not read is gone before the input is written.
    child.stdin?.on('error', () => undefined).end(input)
    let out = ''
    let err = ''
    child.stdout?.setEncoding('utf8').on('data', chunk => {
      const wasReady = READY.test(out)
      out += chunk
      if (isDaemon && !wasReady && READY.test(out)) child.kill('SIGTERM')
    })
    child.stderr?.setEncoding('utf8').on('data', chunk => {
      err += chunk
    })
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`${line} does not end: ${out}${err}`))
    }, COMMAND_TIMEOUT_MS)
    child.once('error', reject)
    child.once('close', code => {
      clearTimeout(timer)
      resolve({ code, out, err })
    })
    return await promise
  }

  /** Stops a daemon that a line has left in the background. */
  async leave(): Promise<void> {
    await this.type('p2pai stop')
  }
}

function script(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
}
