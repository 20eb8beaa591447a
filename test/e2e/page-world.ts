import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { P2paiNode } from '../../src/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { type Nodes, startNodes } from '../conformance/clients/support/world.ts'
import { environment } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'
import { newHome, PROGRAM } from './command.ts'
import { PRINTED, ROOT } from './page.ts'
import { PageUser } from './page-user.ts'

/** What every question is answered with: words, a block of code, and a tool where there are any. */
export const ANSWER = 'The sky is blue.\n\n```ts\nconst sky: string = "blue"\n```\n'
const BUILT_IN = join(ROOT, 'models/p2pai-tiny.gguf')
/** Where the catalog has the models that pages name. */
const HUB_FILES = [
  'Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf',
  'Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf',
  'nomic-ai/nomic-embed-text-v1.5-GGUF/nomic-embed-text-v1.5.Q8_0.gguf'
]
/** Files of the user. */
const FILES = {
  'main.ts': 'export const sky = "blue"\n',
  'notes.txt': 'The sky is blue.\n',
  'NAME-00001-of-00002.gguf': 'first',
  'NAME-00002-of-00002.gguf': 'second'
}
/** Nobody's. */
const STRANGER = '12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5'

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
    // Longer by some bytes, so that they are different models, and none is the built-in one.
    const data = (index: number) => new Uint8Array(Buffer.concat([readFileSync(BUILT_IN), Buffer.alloc(32 + index)]))
    const hub = await HubServer.start(Object.fromEntries(HUB_FILES.map((name, index) => [name, { data: data(index) }])))
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
    for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
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

function script(path: string, body: string): void {
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
}
