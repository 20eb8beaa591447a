import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Page, PRINTED } from './page.ts'
import type { PageUser } from './page-user.ts'
import { PageWorld } from './page-world.ts'
import { KEY, PseudoTerminal } from './pseudo-terminal.ts'

const page = new Page('docs/compare.md')
const rows = [...page.text.matchAll(/^\| (.*) \|$/gm)]
  .map(match => match[1]!.split(' | ').map(cell => cell.replace(/^`(.*)`$/, '$1')))
  .filter(([, theirs]) => theirs?.includes('ollama ') && !theirs.startsWith('with '))
  .map(([purpose, theirs, ours]) => ({ purpose: purpose!, theirs: theirs!, ours: ours! }))

/** How many commands somebody types. */
const steps = (line: string): number => line.split(/&&|;/).length

describe('docs/compare.md', () => {
  let world: PageWorld
  let user: PageUser
  let gateway: string
  const cleanUps: (() => void | Promise<void>)[] = []
  beforeAll(async () => {
    world = await PageWorld.start()
    user = world.user(cleanUp => cleanUps.push(cleanUp))
  })
  afterAll(async () => {
    await user.leave()
    await world.stop()
    for (const cleanUp of cleanUps) await cleanUp()
  })

  test('has ten commands, none of which takes more steps', () => {
    expect(rows).toHaveLength(10)
    for (const { theirs, ours } of rows) expect(steps(ours)).toBe(steps(theirs))
  })

  const [server, chat, ...others] = rows

  test(`${server?.purpose}: ${server?.ours}`, async () => {
    const { out } = await user.type(server!.ours)
    gateway = /; HTTP http:\/\/([\d.:]+);/.exec(out)?.[1] ?? ''
    expect(gateway).not.toBe('')
  })

  // Other systems have a `script` that takes other flags.
  test.skipIf(process.platform !== 'linux')(`${chat?.purpose}: ${chat?.ours}`, async () => {
    const terminal = new PseudoTerminal(user.home, chat!.ours.split(' ').slice(1), { env: user.env })
    await terminal.until(/>>> $/)
    expect(await terminal.say('Hello')).toMatch(/tokens\/s/)
    terminal.type(KEY.ctrlD)
    expect(await terminal.exit()).toBe(0)
  })

  /** What the user sees. */
  const SHOWS: Record<string, RegExp> = {
    'p2pai run': /\w/,
    'p2pai pull': /^qwen3:0\.6b-q8_0 (is installed|was here already)/,
    'p2pai ls': /^qwen3:0\.6b-q8_0 .* installed$/m,
    'p2pai show': /^name +qwen3:0\.6b-q8_0$/m,
    'p2pai ps': /^qwen3:0\.6b-q8_0 +warm/m,
    'p2pai stop': /^qwen3:0\.6b-q8_0 is out of the memory/,
    'p2pai rm': /^qwen3:0\.6b-q8_0 is removed/
  }

  test.each(others)('$purpose: $ours', async ({ ours }) => {
    const { code, out, err } = await user.type(ours)
    expect(code, out + err).toBe(0)
    const shown = Object.entries(SHOWS).filter(([command]) => ours.includes(command))
    expect(out).toMatch(shown.sort(([a], [b]) => b.length - a.length)[0]![1])
    if (!ours.includes('show')) return
    const call = page.commands[0]![0]!.replace(PRINTED.gateway, gateway)
    expect(JSON.parse((await user.type(call)).out)).toMatchObject({ model: 'qwen3:0.6b-q8_0', done: true })
    const bare = await user.type(call.replace(/-H '[^']*'/, ''))
    expect(JSON.parse(bare.out)).toMatchObject({ error: expect.stringContaining('content type') })
  })
})
