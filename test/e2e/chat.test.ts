import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finished, newHome, PROGRAM, run, type Served, serve } from './command.ts'
import { KEY, PseudoTerminal } from './pseudo-terminal.ts'

const cleanUps: (() => void)[] = []
const home = newHome(cleanUp => cleanUps.push(cleanUp))
let daemon: Served

const BUILT_IN = join(import.meta.dirname, '../../models/p2pai-tiny.gguf')
const FRANCE = 'What is the capital of France?'
const CHAT = ['chat', '--temperature', '0']

beforeAll(async () => {
  daemon = await serve(home)
})

afterAll(async () => {
  await daemon.stop()
  for (const cleanUp of cleanUps) cleanUp()
})

/** What is kept of the last conversation. */
async function kept(): Promise<{
  id: string
  title: string
  turns: { question: string; answer: string; cut?: string }[]
}> {
  return JSON.parse((await run(home, ['sessions', 'show', 'last', '--json'])).out).session
}

async function opened(words = CHAT, options = {}): Promise<PseudoTerminal> {
  const terminal = new PseudoTerminal(home, words, options)
  await terminal.until(/>>> $/)
  return terminal
}

// Other systems have a `script` that takes other flags.
describe.skipIf(process.platform !== 'linux')('a chat at a terminal', () => {
  test('answers turn after turn, is kept, and goes on after its end', async () => {
    const first = await opened()
    expect(await first.say(FRANCE)).toContain('The capital of France is Paris.')
    first.type(KEY.ctrlD)
    await first.until(/kept as \d{6}-\w{4}/)
    expect(await first.exit()).toBe(0)
    const before = await kept()
    expect(before.turns).toMatchObject([{ question: FRANCE, answer: 'The capital of France is Paris.' }])
    const second = await opened(['chat', '-c', '--temperature', '0'])
    await second.say('And of Spain?')
    second.type(`/bye${KEY.enter}`)
    expect(await second.exit()).toBe(0)
    expect(await kept()).toMatchObject({ id: before.id, turns: [{ question: FRANCE }, { question: 'And of Spain?' }] })
  })

  test('a message of several lines is one message: quoted, continued, pasted', async () => {
    const chat = await opened()
    chat.type(`"""one${KEY.enter}`)
    await chat.until(/\.\.\. $/)
    await chat.say('two"""')
    chat.type(`three \\${KEY.enter}`)
    await chat.until(/\.\.\. $/)
    await chat.say('four')
    chat.type('\u001b[200~five\rsix\u001b[201~')
    await chat.say(' seven')
    chat.type(KEY.ctrlD)
    expect(await chat.exit()).toBe(0)
    expect((await kept()).turns.map(({ question }) => question)).toEqual([
      'one\ntwo',
      'three \nfour',
      'five\nsix seven'
    ])
  })

  test('case 57: Ctrl-C stops the answer and keeps what came of it; a second one leaves', { retry: 3 }, async () => {
    // The built-in model is quick: a story of 54 tokens may be over before the key is heard, then once more.
    const chat = await opened(['chat', '-o', 'temperature=0'])
    await chat.say('Hi')
    chat.type(`Tell me a story about a lighthouse.${KEY.enter}`)
    // The question itself is echoed; the first word behind it is the answer's.
    await chat.until(/a lighthouse\.\s+\S/)
    chat.type(KEY.ctrlC)
    await chat.until(/\[interrupted here\]\s+>>> $/)
    const { turns } = await kept()
    expect(turns[1]).toMatchObject({ cut: 'interrupted', answer: expect.stringMatching(/\S/) })
    chat.type(KEY.ctrlC)
    expect(await chat.exit()).toBe(0)
  })

  test('case 57: Ctrl-C takes back what was typed, twice at an empty prompt leaves', async () => {
    const chat = await opened()
    chat.type('never sent')
    await chat.until(/never sent/)
    chat.type(KEY.ctrlC)
    await chat.until(/>>> $/)
    chat.type(KEY.ctrlC)
    await chat.until(/again/)
    await chat.say(FRANCE)
    chat.type(KEY.ctrlC)
    await chat.until(/again, Ctrl-D or \/bye leaves\s+>>> $/)
    chat.type(KEY.ctrlC)
    expect(await chat.exit()).toBe(0)
    expect((await kept()).turns.map(({ question }) => question)).toEqual([FRANCE])
  })

  test('the commands of a chat do what they say', async () => {
    const chat = await opened()
    const command = async (line: string, says: RegExp): Promise<void> => {
      chat.type(line + KEY.enter)
      await chat.until(new RegExp(`${says.source}[\\s\\S]*>>> $`))
    }
    await command('/help', /\/regen/)
    await command('/nonsense', /there is no \/nonsense/)
    await command('/regen', /nothing was said yet/)
    await command('/set temperature 9', /temperature is 9/)
    await command('/set seed 7', /seed 7/)
    await command('/system Be brief.', /Be brief\./)
    await chat.say(FRANCE)
    await command('/show', /system +Be brief\.[\s\S]*seed 7/)
    chat.type(`/regen${KEY.enter}`)
    await chat.until(/Paris[\s\S]*tokens[\s\S]*>>> $/)
    expect((await kept()).turns).toHaveLength(1)
    await chat.say('And of Spain?')
    await command('/undo', /forgotten: And of Spain\?/)
    await command('/save Capitals', /kept as/)
    expect(await kept()).toMatchObject({ title: 'Capitals', turns: [{ question: FRANCE }] })
    await command('/clear', /a new conversation begins/)
    await chat.say('Hi')
    await command('/load Capitals', /going on with .* 1 turns: Capitals/)
    await command('/sessions', /Capitals/)
    await command('/model nobody-has-this', /nobody-has-this/)
    chat.type(`Hello${KEY.enter}`)
    await chat.until(/nobody-has-this[\s\S]*\/model auto[\s\S]*>>> $/)
    await command('/model auto', /\/model auto/)
    await chat.say(FRANCE)
    chat.type(`/exit${KEY.enter}`)
    expect(await chat.exit()).toBe(0)
    expect(await kept()).toMatchObject({ title: 'Capitals', turns: [{}, { question: FRANCE }] })
  })

  test('lines come back with the arrow key, in another chat too', async () => {
    const first = await opened()
    await first.say('a line to find again')
    first.type(KEY.ctrlD)
    await first.exit()
    const second = await opened()
    second.type(KEY.up)
    await second.until(/a line to find again/)
    second.type(`${KEY.ctrlC}${KEY.ctrlD}`)
    expect(await second.exit()).toBe(0)
  })

  test('two chats that continue one conversation both keep what was said', async () => {
    const begun = await opened()
    await begun.say(FRANCE)
    begun.type(KEY.ctrlD)
    await begun.exit()
    const { id } = await kept()
    const [one, two] = [await opened(['chat', '-c', id]), await opened(['chat', '-c', id])]
    await one.say('first of two')
    expect(await two.say('second of two')).toMatch(
      new RegExp(`${id} was continued or removed elsewhere; .* goes on as`)
    )
    for (const chat of [one, two]) chat.type(KEY.ctrlD)
    for (const chat of [one, two]) expect(await chat.exit()).toBe(0)
    const shown = JSON.parse((await run(home, ['sessions', 'show', id, '--json'])).out).session
    expect(shown.turns.at(-1).question).toBe('first of two')
    expect((await kept()).turns.at(-1)?.question).toBe('second of two')
  })

  test('--no-save keeps neither words nor lines', async () => {
    const before = (await run(home, ['sessions', '--json'])).out
    const chat = await opened([...CHAT, '--no-save'])
    await chat.say('nobody shall know')
    chat.type(KEY.ctrlD)
    expect(await chat.exit()).toBe(0)
    expect((await run(home, ['sessions', '--json'])).out).toBe(before)
    const next = await opened()
    next.type(KEY.up)
    await next.until(/>>> \S/)
    expect(next.raw).not.toContain('nobody shall know')
    next.type(`${KEY.ctrlC}${KEY.ctrlD}`)
    await next.exit()
  })

  test.each<{ id: string; env: Record<string, string>; columns: number }>([
    { id: 'TERM=dumb', env: { TERM: 'dumb' }, columns: 80 },
    { id: 'COLUMNS=1', env: { COLUMNS: '1' }, columns: 1 },
    { id: 'NO_COLOR', env: { NO_COLOR: '1' }, columns: 80 }
  ])('case 57: with $id a chat answers as always', async ({ env, columns }) => {
    const chat = new PseudoTerminal(home, CHAT, { env, columns })
    await chat.until(/Ctrl-D leaves/)
    chat.type(FRANCE + KEY.enter)
    await chat.until(/Paris[\s\S]*tokens/)
    chat.type(KEY.ctrlD)
    expect(await chat.exit()).toBe(0)
    expect(chat.raw).not.toMatch(/\u001b\[[0-9;]*m|\n {4}at /)
  })

  test('case 57: SIGTERM leaves with 143, and gives the terminal back', async () => {
    const chat = await opened()
    await chat.say(FRANCE)
    const pid = spawnSync('pgrep', ['-P', String(chat.child.pid)], { encoding: 'utf8' }).stdout.trim()
    process.kill(Number(pid), 'SIGTERM')
    expect(await chat.exit()).toBe(143)
    expect((await kept()).turns).toHaveLength(1)
  })

  test('run opens a chat on this machine when there is no prompt', async () => {
    const chat = await opened(['run', BUILT_IN, '--temperature', '0'])
    expect(await chat.say(FRANCE)).toContain('Paris')
    chat.type(KEY.ctrlD)
    expect(await chat.exit()).toBe(0)
    expect(await kept()).toMatchObject({ local: true, turns: [{ question: FRANCE }] })
  })
})

// Other systems have a `script` that takes other flags.
test.skipIf(process.platform !== 'linux')(
  'a chat without a daemon asks the network, all turns over one node',
  async () => {
    const own = newHome()
    const words = [...CHAT, '--no-mdns', '--bootstrap', daemon.ready.addresses[0]!]
    const chat = new PseudoTerminal(own, words)
    await chat.until(/>>> $/)
    for (const question of [FRANCE, 'And of Spain?']) {
      expect(await chat.say(question)).toContain(`at …${daemon.ready.peerId.slice(-8)}`)
      const { peers } = JSON.parse((await run(home, ['peers', '--json'])).out)
      expect(peers.filter((peer: { connected: boolean }) => peer.connected)).toHaveLength(1)
    }
    chat.type(KEY.ctrlD)
    expect(await chat.exit()).toBe(0)
  }
)

// Other systems have a `script` that takes other flags.
test.skipIf(process.platform !== 'linux')('a daemon that dies in a chat is no end of it', async () => {
  const own = newHome()
  const served = await serve(own)
  const chat = new PseudoTerminal(own, [...CHAT, '--local'])
  await chat.until(/>>> $/)
  await chat.say(FRANCE)
  served.child.kill('SIGKILL')
  await once(served.child, 'exit')
  expect(await chat.say('And of Spain?')).toContain('at local')
  chat.type(KEY.ctrlD)
  expect(await chat.exit()).toBe(0)
  const { session } = JSON.parse((await run(own, ['sessions', 'show', 'last', '--json'])).out)
  expect(session.turns).toHaveLength(2)
})

test.each([
  { id: 'stdout closed', redirect: '>&-', code: 0 },
  { id: 'stderr closed', redirect: '2>&-', code: 0 },
  { id: 'head', redirect: '| head -n 1', code: 0 },
  { id: 'stdin closed', redirect: '<&-', code: 2 }
])('case 57: $id is no reason for a stack trace in a chat', async ({ redirect, code }) => {
  const script = `echo Hello | "${process.execPath}" "${PROGRAM}" chat ${redirect}; exit $?`
  const child = spawn('sh', ['-c', script], {
    env: { ...process.env, P2PAI_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const ended = await finished(child)
  expect(ended.code).toBe(code)
  expect(ended.err).not.toMatch(/\n {4}at |Error/)
})

test('case 57: without a terminal the whole of standard input is one prompt', async () => {
  const { code, out } = await run(home, CHAT, { input: `${FRANCE}\n` })
  expect({ code, out }).toEqual({ code: 0, out: 'The capital of France is Paris.\n' })
  const empty = await run(home, CHAT)
  expect(empty).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/prompt is empty/) })
})

test('ask continues: the last conversation, a named one, and says when there is none', async () => {
  const file = join(home, 'question.txt')
  writeFileSync(file, FRANCE)
  const first = JSON.parse((await run(home, ['ask', '--json', '-f', file])).out)
  expect(first.conversation).toBe((await kept()).id)
  await run(home, ['ask', 'another conversation'])
  await run(home, ['ask', '-c', first.conversation, 'And of Spain?'])
  expect(await kept()).toMatchObject({
    id: first.conversation,
    turns: [{ question: FRANCE }, { question: 'And of Spain?' }]
  })
  await run(home, ['ask', '-c', 'And of Italy?'])
  expect((await kept()).turns).toHaveLength(3)
  const missing = await run(home, ['ask', '-c', '000000-xxxx', 'x'])
  expect(missing).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/no conversation 000000-xxxx/) })
  const none = await run(newHome(), ['ask', '-c', 'x'])
  expect(none).toMatchObject({ code: 2, err: expect.stringMatching(/no conversation to continue/) })
})

test('a home that cannot keep a conversation is no reason to withhold an answer', async () => {
  const other = newHome()
  writeFileSync(join(other, 'sessions.db'), 'damaged '.repeat(1000))
  const { code, out, err } = await run(other, ['ask', '--local', '--temperature', '0', FRANCE])
  expect({ code, out }).toEqual({ code: 0, out: 'The capital of France is Paris.\n' })
  expect(err).toMatch(/the conversation is not kept: .*damaged/)
})

test('-x without a block of code ends with 1, prints nothing, and shows the answer on stderr', async () => {
  const { code, out, err } = await run(home, ['ask', '-x', '--temperature', '0', FRANCE])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/The capital of France is Paris\.\np2pai: the answer has no block of code\n/)
})

test('sessions are removed one by one and all', async () => {
  const other = newHome()
  const id = JSON.parse((await run(other, ['ask', '--local', '--json', 'Hi'])).out).conversation
  expect((await run(other, ['sessions'])).out).toMatch(new RegExp(`^ID .*\n${id} .* Hi\n$`))
  expect(await run(other, ['sessions', 'rm', 'nonsense'])).toMatchObject({ code: 2 })
  expect(await run(other, ['sessions', 'rm'])).toMatchObject({ code: 2, err: expect.stringMatching(/--all/) })
  expect(await run(other, ['sessions', 'rm', '--all'])).toMatchObject({ code: 0, err: '1 conversation removed\n' })
  expect(JSON.parse((await run(other, ['sessions', '--json'])).out)).toEqual({ version: 1, sessions: [] })
})
