/**
 * Runs in a network namespace that has loopback alone: gateways, a server of pages, and Chromium with names that lead
 * to loopback. Prints what the pages learned and what the gateways did, as JSON.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { prepareGateway } from '../../../src/gateway/server/serve.ts'
import { type ScriptedEngine, scriptedEngine } from '../../../src/testing/index.ts'
import { fakeNode } from '../../unit/gateway/fixtures.ts'
import { ask, list, sneak, stream } from './attempts.ts'
import { servePages } from './page-server.ts'

/** What one page did. */
export interface Visit {
  /** What the page learned of each attempt. */
  learned: Record<string, unknown>
  /** Requests that the engine got from it. */
  executed: number
  /** Models that were asked for on its behalf. */
  pulled: number
  /** Answers of the gateway to it, by status. */
  statuses: Record<string, number>
}

interface Door {
  url: string
  port: number
  engine: ScriptedEngine
  pulled: string[]
  close(): void
}

async function door(cors: string[] = [], port = 0): Promise<Door> {
  const engine = scriptedEngine()
  const pulled: string[] = []
  const model = { name: 'x', digest: '', sizeBytes: 0 }
  const modelControl = {
    async pull(wanted: string) {
      pulled.push(wanted)
      return model
    },
    remove: async () => model,
    unload: async () => model,
    refresh: async () => undefined
  }
  const prepared = await prepareGateway({ host: '127.0.0.1', port, isNamed: true }, { cors })
  const gateway = await prepared.open({ ...fakeNode(engine), modelControl }, '0.0.0')
  const close = (): void => {
    gateway.stopListening()
    gateway.close()
  }
  return { url: gateway.url, port: Number(new URL(gateway.url).port), engine, pulled, close }
}

async function statuses({ url }: Door): Promise<Record<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const counts: Record<string, number> = {}
  for (const [, status, count] of text.matchAll(/^p2pai_http_requests_total\{.*status="(\d+)"\} (\d+)$/gm)) {
    counts[status!] = (counts[status!] ?? 0) + Number(count)
  }
  return counts
}

/** Runs scripts on a page, one after the other, and tells what came of it at a door of its own. */
async function visit(page: Page, door: Door, scripts: Record<string, string>): Promise<Visit> {
  const learned: Record<string, unknown> = {}
  for (const [name, script] of Object.entries(scripts)) learned[name] = await page.evaluate(script)
  const told = await statuses(door)
  door.close()
  return { learned, executed: door.engine.calls.length, pulled: door.pulled.length, statuses: told }
}

const folder = mkdtempSync(join(tmpdir(), 'p2pai-chromium-'))
const pages = await servePages()
const names = ['evil.test', 'app.test'].map(name => `MAP ${name} 127.0.0.1`).join(', ')
const context = await chromium.launchPersistentContext(folder, {
  executablePath: process.argv[2]!,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--host-resolver-rules=${names}`]
})
try {
  const evil = `http://evil.test:${pages.port}`
  const app = `http://app.test:${pages.port}`
  const opened = async (url: string): Promise<Page> => {
    const page = await context.newPage()
    await page.goto(url)
    return page
  }

  // The page comes from the attacker's server; then its name and port lead to the gateway.
  const attacker = await servePages()
  const rebound = await opened(`http://evil.test:${attacker.port}`)
  await attacker.close()
  const rebinding = await visit(rebound, await door([], attacker.port), { ask: ask(''), list: list('') })

  const plain = await door()
  const crossSite = await visit(await opened(evil), plain, {
    ask: ask(plain.url),
    list: list(plain.url),
    ...sneak(plain.url),
    'by the name localhost': ask(`http://localhost:${plain.port}`),
    'by 0.0.0.0': ask(`http://0.0.0.0:${plain.port}`)
  })

  const listed = await door([app])
  const allowed = await visit(await opened(app), listed, { ask: ask(listed.url), stream: stream(listed.url) })
  const other = await door([app])
  const notAllowed = await visit(await opened(evil), other, { ask: ask(other.url), list: list(other.url) })

  const home = await door()
  const ownPage = await visit(await opened(`${home.url}/`), home, { ask: ask(''), list: list('') })
  console.log(JSON.stringify({ rebinding, crossSite, allowed, notAllowed, ownPage }))
} finally {
  await context.close()
  await pages.close()
  rmSync(folder, { recursive: true, force: true })
}
