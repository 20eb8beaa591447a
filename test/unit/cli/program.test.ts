import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { settingsOf } from '../../../src/cli/config/keys.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { everyCommand } from '../../../src/cli/program-frame.ts'
import { readingProgram } from '../../../src/cli/reading-program.ts'
import { checkTypo } from '../../../src/cli/typo.ts'

const program = buildProgram('1.2.3', async () => undefined)
const commands = everyCommand(program).map(command => ({ name: command.name(), command }))

test('there are all the commands', () => {
  expect(commands.map(({ name }) => name).sort()).toEqual(
    [
      ...['ask', 'connect', 'demo', 'id', 'models', 'p2pai', 'peers', 'show', 'ps', 'serve', 'status', 'stop'],
      ...['ls', 'pull', 'recommend', 'rm', 'run', 'show', 'unload'],
      ...['ls', 'pull', 'rm', 'show', 'level'],
      ...['chat', 'sessions', 'ls', 'rm', 'show'],
      ...['ledger', 'show', 'export', 'verify'],
      ...[
        'service',
        'install',
        'remove',
        'status',
        'complete',
        'doctor',
        'version',
        'ping',
        'logs',
        'config',
        'get',
        'set',
        'unset',
        'show',
        'path'
      ]
    ].sort()
  )
})

test.each(commands)('the help of $name fits 80 columns and has an example', ({ command }) => {
  let text = ''
  const writeOut = (part: string): void => {
    text += part
  }
  command.configureOutput({ ...command.configureOutput(), writeOut }).outputHelp()
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
  expect(text).toMatch(/Examples?:\n {2}\$ (.*\| )?p2pai/)
  if (command !== program) expect(command.description()).not.toBe('')
})

test.each(commands)('$name fails on a flag that it does not have', async ({ name, command }) => {
  const path = command.parent === null ? [] : command.parent === program ? [name] : [command.parent.name(), name]
  const words = [...path, ...command.registeredArguments.filter(({ required }) => required).map(() => 'x')]
  const again = buildProgram('1.2.3', async () => undefined)
  await expect(again.parseAsync([...words, '--no-such-flag'], { from: 'user' })).rejects.toMatchObject({
    code: 'commander.unknownOption'
  })
})

test('every command is in the root help', () => {
  const text = program.helpInformation()
  for (const { name, command } of commands) {
    if (command.parent === program) expect(text).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  }
})

test.each(['peers', 'status', 'ps', 'id', 'stop'])('%s is the same where nothing else is loaded', name => {
  const find = (whole: typeof program) => whole.commands.find(command => command.name() === name)!
  const alone = readingProgram([name], '1.2.3', async () => undefined)!
  expect(alone.commands).toHaveLength(1)
  expect(find(alone).helpInformation()).toBe(find(program).helpInformation())
  expect(alone.options.map(String)).toEqual(program.options.map(String))
  // Settings are applied to the whole program only.
  expect(settingsOf(program).flatMap(({ flags }) => flags.filter(({ command }) => command === name))).toEqual([])
})

test('a command line that begins with anything else gets the whole program', () => {
  for (const words of [[], ['serve'], ['--json', 'status'], ['What is status?'], ['statsu'], ['toString']]) {
    expect(readingProgram(words, '1.2.3', async () => undefined)).toBeUndefined()
  }
})

test.each([
  { id: 'words alone', words: ['Why', 'is it?'] },
  { id: 'flags of ask before words', words: ['-m', 'm', 'Hello'] }
])('$id go to ask', async ({ words }) => {
  let ran = 0
  await buildProgram('1.2.3', async () => void ran++).parseAsync(words, { from: 'user' })
  expect(ran).toBe(1)
})

test.each([
  { words: ['pull', 'qwen3:0.6b'], runs: 'pull' },
  { words: ['ls'], runs: 'ls' },
  { words: ['list'], runs: 'ls' },
  { words: ['models', 'list'], runs: 'ls' },
  { words: ['show', 'qwen3:4b', '--json'], runs: 'show' },
  { words: ['rm', 'a', 'b'], runs: 'rm' },
  { words: ['stop', 'qwen3:4b'], runs: 'stop' }
])('what users of ollama type is no prompt: $words', async ({ words, runs }) => {
  const own = buildProgram('1.2.3', async () => undefined)
  const ran: string[] = []
  own.hook('preAction', (_program, command) => void ran.push(command.name()))
  await own.parseAsync(words, { from: 'user' })
  expect(ran).toEqual([runs])
})

test.each([
  { words: ['-c', 'nosuch'], continues: 'nosuch' },
  { words: ['-c'], continues: true },
  { words: ['-c', '-m', 'x'], continues: true }
])(
  'chat $words continues $continues: there is no prompt that the next word could begin',
  async ({ words, continues }) => {
    const own = buildProgram('1.2.3', async () => undefined)
    await own.parseAsync(['chat', ...words], { from: 'user' })
    expect(own.commands.find(command => command.name() === 'chat')?.opts()).toMatchObject({ continue: continues })
  }
)

test('a mistyped command is not asked of a model, a short prompt is', () => {
  const names = ['serve', 'status', 'models']
  for (const typo of ['statsu', 'server', 'model', 'Status'])
    expect(() => checkTypo([typo], names)).toThrow(/did you mean/)
  for (const words of [['hi'], ['Hello'], ['serve'], ['statsu', 'please']]) checkTypo(words, names)
})

test('every command is on the page of commands, with what its help says', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/commands.md'), 'utf8')
  const rows = new Map(
    [...page.matchAll(/^\| `p2pai ([a-z ]+?)(?: [^a-z`][^`]*)?` \| (.*) \|$/gm)].map(row => [row[1], row[2]])
  )
  const paths = commands
    .filter(({ command }) => command !== program)
    .map(({ name, command }) => ({
      path: command.parent === program ? name : `${command.parent?.name()} ${name}`,
      description: command.description()
    }))
  expect(Object.fromEntries(rows)).toEqual(
    Object.fromEntries(paths.map(({ path, description }) => [path, description]))
  )
})
