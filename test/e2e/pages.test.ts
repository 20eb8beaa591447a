import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Page, ROOT } from './page.ts'
import { ANSWER, PageWorld } from './page-world.ts'

/** Other tests run what these tell to type: `readme`, `upstream-docs`, `clients/docs`, `page-programs`, `compare`. */
const ELSEWHERE = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/upstream.md',
  'docs/clients.md',
  'docs/write-an-engine.md',
  'docs/compare.md'
]
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...inFolder('docs'), ...inFolder('spec')].map(
  path => new Page(path)
)

function inFolder(folder: string): string[] {
  return readdirSync(join(ROOT, folder))
    .filter(name => name.endsWith('.md'))
    .map(name => `${folder}/${name}`)
}

/** What a line of a page does, as far as it shows. The first one that fits counts. */
const KNOWN: { line: RegExp; shows: (out: string) => void }[] = [
  { line: /p2pai serve .*--detach/, shows: out => expect(out).toMatch(/^p2pai runs in the background \(pid \d+\)/) },
  { line: /^p2pai serve\b/, shows: out => expect(out).toMatch(/^p2pai ready: /m) },
  { line: /p2pai ask .*> /, shows: out => expect(out).toBe('') },
  { line: /p2pai ask --local/, shows: out => expect(out).not.toBe('') },
  { line: /p2pai (ask|chat)\b/, shows: out => expect(out).toBe(ANSWER) },
  { line: /^p2pai run qwen3/, shows: out => expect(out).not.toBe('') },
  { line: /^p2pai (models( recommend)?|peers|status|ps|logs|id)\b/, shows: out => expect(out).not.toBe('') },
  { line: /^p2pai models (pull|rm|show)/, shows: out => expect(out).toMatch(/qwen3/) },
  { line: /^p2pai ping/, shows: out => expect(out).toMatch(/12D3KooW/) },
  { line: /^p2pai config (set|unset)/, shows: () => undefined },
  { line: /^p2pai config show/, shows: out => expect(out).toMatch(/network\.bootstrap/) },
  { line: /^p2pai sessions/, shows: () => undefined },
  { line: /^p2pai ledger/, shows: () => undefined },
  { line: /^p2pai service/, shows: out => expect(out).not.toBe('') },
  { line: /^p2pai doctor/, shows: out => expect(out).toMatch(/^ok/m) },
  { line: /^p2pai stop/, shows: () => undefined },
  { line: /^sha256sum /, shows: out => expect(out).toMatch(/^[0-9a-f]{64} /) },
  { line: /^curl -s /, shows: out => expect(JSON.parse(out)).toBeTypeOf('object') },
  { line: /^export [A-Z_]+=/, shows: () => undefined }
]

describe('commands of the pages', () => {
  let world: PageWorld
  beforeAll(async () => {
    world = await PageWorld.start()
  })
  afterAll(async () => await world.stop())

  const blocks = pages
    .filter(({ path }) => !ELSEWHERE.includes(path))
    .flatMap(({ path, commands }) => commands.map(lines => ({ path, lines, first: lines[0]! })))

  test('there are pages with commands', () => {
    expect(blocks.length).toBeGreaterThan(15)
  })

  test.each(blocks)('$path: $first', async ({ lines }) => {
    const user = world.user()
    onTestFinished(async () => await user.leave())
    // What a page shares by name is installed on its reader's machine.
    const shared = lines.flatMap(line => [...line.matchAll(/--model ([\w:.-]+)/g)].map(match => match[1]!))
    for (const name of shared) expect(await user.type(`p2pai models pull ${name}`)).toMatchObject({ code: 0 })
    for (const line of lines) {
      const known = KNOWN.find(kind => kind.line.test(line))
      expect(known, `nothing here knows how to run: ${line}`).toBeDefined()
      const { code, out, err } = await user.type(line)
      expect(code, `${line}\n${out}${err}`).toBe(0)
      known?.shows(out)
    }
  })

  test('the settings of editors lead to models that answer', async () => {
    const settings = new Page('docs/editor.md').blocks('json').map(block => JSON.parse(block))
    expect(settings).toHaveLength(2)
    for (const text of settings.map(setting => JSON.stringify(setting))) {
      const url = world.here(/"(?:api_url|apiBase)":"([^"]+)"/.exec(text)![1]!)
      const model = /"(?:name|model)":"([^"]+)"/.exec(text)![1]!
      const answer = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer none' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] })
      })
      expect(await answer.json()).toMatchObject({ choices: [{ message: { content: ANSWER } }] })
    }
  })
})

test.each(['README.md', 'CONTRIBUTING.md'])('the scripts that %s names are those of the package', path => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  const named = [...new Page(path).text.matchAll(/npm (?:run )?(?!ci\b|install\b|run\b|itself\b)([a-z]+)\b/g)].map(
    match => match[1]!
  )
  expect(named.length).toBeGreaterThan(1)
  for (const name of named) expect(scripts).toHaveProperty(name)
})

describe('links', () => {
  test.each(pages)('of $path lead to files and headings that are there', ({ links }) => {
    for (const { file, anchor } of links) {
      expect(existsSync(file), file).toBe(true)
      if (anchor === undefined || !file.endsWith('.md')) continue
      expect(new Page(file.slice(ROOT.length + 1)).anchors, file).toContain(anchor)
    }
  })
})
