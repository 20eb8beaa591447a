import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { SCRIPTED_TEXT } from '../../../src/testing/index.ts'
import { newHome, PROGRAM } from '../../e2e/command.ts'
import { MODEL, startWorld, type World } from './support/world.ts'

const ROOT = join(import.meta.dirname, '../../..')
const page = readFileSync(join(ROOT, 'docs/clients.md'), 'utf8')
const ADDRESS = /127\.0\.0\.1:11435/g
const run = promisify(execFile)

function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(match => match[1]!)
}

/** The word by which a program is told from the others. */
const libraryOf = (program: string) => /import .* from '([^']+)'/.exec(program)![1]!

describe('docs/clients.md', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ toolCalls: [{ name: 'get_weather', arguments: { city: 'Paris' } }] })
  })
  afterAll(async () => await world.stop())
  const here = (text: string) => text.replace(ADDRESS, new URL(world.url).host)

  const programs = blocks('ts').map(program => {
    const answer = program.includes('get_weather') ? 'The tool says: 18 degrees in Paris' : SCRIPTED_TEXT
    return { program, answer, library: libraryOf(program) }
  })
  it.each(programs)('the program with $library prints: $answer', async ({ program, answer }) => {
    const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', here(program)], {
      cwd: ROOT
    })
    expect(stdout.trim()).toBe(answer)
  })

  it('has a program for each of the six libraries', () => {
    expect([...new Set(blocks('ts').map(libraryOf))].sort()).toEqual([
      '@ai-sdk/openai',
      '@ai-sdk/openai-compatible',
      '@anthropic-ai/sdk',
      '@langchain/openai',
      'ollama',
      'openai'
    ])
  })

  it('its curl commands answer', async () => {
    const commands = blocks('sh').filter(block => block.startsWith('curl '))
    const answers = await Promise.all(commands.map(async command => await run('bash', ['-c', here(command)])))
    expect(answers.map(({ stdout }) => JSON.parse(stdout))).toMatchObject([
      { choices: [{ message: { content: SCRIPTED_TEXT } }], p2pai: { peer: world.provider.peerId } },
      { data: [{ id: MODEL }] },
      { data: [{ object: 'embedding', index: 0 }, { index: 1 }], p2pai: { peer: world.provider.peerId } },
      { results: [{ index: 1 }, { index: 0 }], p2pai: { peer: world.provider.peerId } }
    ])
  })

  it('every path that it names is served, and every served path is named', async () => {
    const document = (await (await fetch(`${world.url}/openapi.json`)).json()) as { paths: object }
    const named = [...page.matchAll(/(?<=[ `])(\/(?:v1|api|health|metrics|openapi)[\w/.{}]*)(?=[`, ])/g)].map(
      match => match[1]!
    )
    expect([...new Set(named)].sort()).toEqual(
      Object.keys(document.paths)
        .filter(path => path !== '/')
        .sort()
    )
  })

  it.each(blocks('sh').filter(block => block.includes('p2pai serve')))('serve command %# starts', async block => {
    const folder = newHome()
    const bootstrap = world.provider.status().addresses[0]!
    const script = block
      .replace(/\/ip4\/203\.0\.113\.7\/tcp\/11436\/p2p\/12D3KooW…/, bootstrap)
      .replace('0.0.0.0:11435', '0.0.0.0:0')
      .replace('p2pai serve', `exec "${process.execPath}" "${PROGRAM}" serve --listen /ip4/127.0.0.1/tcp/0 --no-mdns`)
    const child = execFile('bash', ['-c', script], { cwd: folder, env: { ...process.env, P2PAI_HOME: folder } })
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout! })) {
      expect(line).toMatch(/^p2pai ready: .*; HTTP http:\/\/127\.0\.0\.1:\d+; /)
      return
    }
    throw new Error('serve ended before it was ready')
  })
})
