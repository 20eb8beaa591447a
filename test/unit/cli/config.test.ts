import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { linesOfKeys } from '../../../src/cli/config/json-lines.ts'
import { settingsOf } from '../../../src/cli/config/keys.ts'
import { resolveSettings } from '../../../src/cli/config/resolve.ts'
import { parseConfig } from '../../../src/cli/config/validate.ts'
import { buildProgram } from '../../../src/cli/program.ts'
import { DEFAULT_PORT } from '../../../src/gateway/server/address.ts'
import { DEFAULT_KEEP_ALIVE_MS } from '../../../src/inference/manager/model-manager.ts'
import { parseKeepAlive } from '../../../src/interface/index.ts'
import { POLICY_NAMES } from '../../../src/routing/index.ts'
import { temporaryFolder } from '../home/fixtures.ts'

const program = buildProgram('1.2.3', async () => undefined)
const settings = settingsOf(program)
const ROOT = join(import.meta.dirname, '../../..')

/** A home whose configuration has this text, for as long as the test runs. */
function homeWith(text: string | Uint8Array): string {
  const home = temporaryFolder()
  writeFileSync(join(home, 'config.json'), text)
  const before = process.env.P2PAI_HOME
  process.env.P2PAI_HOME = home
  onTestFinished(() => {
    if (before === undefined) delete process.env.P2PAI_HOME
    else process.env.P2PAI_HOME = before
  })
  return home
}

test('every setting is documented, and nothing else is', () => {
  const page = readFileSync(join(ROOT, 'docs/config.md'), 'utf8')
  const documented = [...page.matchAll(/^\| `([a-z]+\.[a-z-]+)` +\| `(P2PAI_[A-Z_]+)` +\|/gm)]
  expect(documented.map(([, key, variable]) => [key, variable])).toEqual(
    settings.map(({ key, variable }) => [key, variable])
  )
})

test('a default that is known is shown: the one that the flag speaks of, and that the daemon takes', () => {
  const serve = program.commands.find(command => command.name() === 'serve')!
  const spoken = serve.options.flatMap(option => {
    const [, text] = /\(default: ([\w.:]+)(?:, or the next free port)?\)/.exec(option.description) ?? []
    return text === undefined ? [] : [{ key: `serve.${option.long?.slice(2)}`, text }]
  })
  expect(spoken.map(({ key }) => key)).toEqual(['serve.keep-alive', 'serve.api', 'serve.min-battery', 'serve.price'])
  const standardOf = (key: string) => settings.find(setting => setting.key === key)?.standard
  for (const { key, text } of spoken) expect(String(standardOf(key)), key).toBe(text)
  expect(parseKeepAlive(String(standardOf('serve.keep-alive')))).toBe(DEFAULT_KEEP_ALIVE_MS)
  expect(standardOf('serve.api')).toBe(`127.0.0.1:${DEFAULT_PORT}`)
  expect(standardOf('serve.policy')).toBe(POLICY_NAMES[0])
  expect(standardOf('serve.insecure')).toBe(false)
  expect(standardOf('network.mdns')).toBe(true)
})

test('one setting holds for all commands that have its flag', () => {
  const commandsOf = (key: string) => settings.find(setting => setting.key === key)?.flags.map(flag => flag.command)
  expect(commandsOf('network.mdns')).toEqual(expect.arrayContaining(['serve', 'ask']))
  expect(commandsOf('ask.temperature')).toEqual(expect.arrayContaining(['ask', 'run']))
  expect(settings.filter(({ key }) => /json|schema|file$|detach/.test(key)).map(({ key }) => key)).toEqual([
    'serve.api-key-file',
    'serve.upstream-key-file'
  ])
})

test.each([
  { id: 'a value missing', text: '{\n"serve": {\n"slots": }}', line: 3, says: /value is missing/ },
  { id: 'a comma missing', text: '{"a": 1\n"b": 2}', line: 2, says: /comma/ },
  { id: 'a comma too many', text: '{"a": 1,\n}', line: 2, says: /name in double quotes/ },
  { id: 'single quotes', text: "{'a': 1}", line: 1, says: /double quotes/ },
  { id: 'no end', text: '{"a": [1,\n', line: 1, says: /the file ends/ },
  { id: 'more after the end', text: '{}\n{}', line: 2, says: /more after/ },
  { id: 'a key twice', text: '{"serve": {"slots": 1,\r\n"slots": 2}}', line: 2, says: /twice/ },
  { id: 'depth', text: '['.repeat(60_000), line: 1, says: /deep/ }
])('case 41: bad JSON with $id is told with its line', ({ text, line, says }) => {
  expect(() => linesOfKeys(text)).toThrow(says)
  expect(() => parseConfig(text, 'config.json', settings)).toThrow(`config.json, line ${line}: this is not JSON`)
})

test.each([
  {
    id: 'an unknown key',
    text: '{"serve":\n{"slot": 2}}',
    says: /line 2: there is no setting serve\.slot; did you mean serve\.slots\?/
  },
  { id: 'an unknown section', text: '{"sevre": {}}', says: /line 1: there is no setting sevre; did you mean serve\?/ },
  {
    id: 'a key far from all',
    text: '{"serve": {"foo": 1}}',
    says: /no setting serve\.foo; all of them: p2pai config show/
  },
  { id: '__proto__', text: '{"serve": {"__proto__": 1}}', says: /there is no setting serve\.__proto__/ },
  { id: 'a text for a number', text: '{"serve": {"slots": "2"}}', says: /serve\.slots must be a number/ },
  {
    id: 'a number out of range',
    text: '{"serve": {\n"slots": 65}}',
    says: /line 2: serve\.slots must be a whole number from 1 to 64/
  },
  { id: 'a text for a list', text: '{"network": {"bootstrap": "x"}}', says: /network\.bootstrap must be a list/ },
  { id: 'a text for a flag', text: '{"network": {"mdns": "off"}}', says: /network\.mdns must be true or false/ },
  { id: 'a word that is no choice', text: '{"serve": {"log-format": "xml"}}', says: /must be one of pretty, json/ },
  { id: 'null', text: '{"serve": {"name": null}}', says: /serve\.name must be a text/ },
  { id: 'a section that is none', text: '{"serve": []}', says: /serve must be an object/ },
  { id: 'a list for all', text: '[]', says: /must be an object/ }
])('case 41: $id is told with line and hint', ({ text, says }) => {
  expect(() => parseConfig(text, 'config.json', settings)).toThrow(says)
})

test('case 41: a mark before the text and lines that end as on Windows are taken', async () => {
  homeWith('\ufeff{\r\n  "serve": {\r\n    "slots": 4,\r\n    "model": false,\r\n "gpu": "off"}\r\n}\r\n')
  const found = new Map((await resolveSettings(settings, {})).map(({ setting, value }) => [setting.key, value]))
  expect(found.get('serve.slots')).toBe(4)
  expect(found.get('serve.model')).toBe(false)
  expect(found.get('serve.gpu')).toBe('off')
})

test.each([
  { id: 'of 10 MiB', text: ' '.repeat(10 << 20), says: /10485760 bytes/ },
  { id: 'in UTF-16', text: Buffer.from('\ufeff{}', 'utf16le'), says: /not text in UTF-8/ }
])('case 41: a file $id is told and not read', async ({ text, says }) => {
  homeWith(text)
  await expect(resolveSettings(settings, {})).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringMatching(says)
  })
})

test('the environment is stronger than the file, that than the default; each is told', async () => {
  homeWith('{"serve": {"slots": 4, "threads": 2}}')
  const all = await resolveSettings(settings, { P2PAI_SERVE_SLOTS: '8', P2PAI_NETWORK_BOOTSTRAP: '/a, /b' })
  const of = (key: string) => {
    const { value, origin } = all.find(({ setting }) => setting.key === key)!
    return [value, origin]
  }
  expect(of('serve.slots')).toEqual([8, 'environment'])
  expect(of('network.bootstrap')).toEqual([['/a', '/b'], 'environment'])
  expect(of('serve.threads')).toEqual([2, 'file'])
  expect(of('network.mdns')).toEqual([true, 'default'])
  await expect(resolveSettings(settings, { P2PAI_SERVE_SLOTS: 'many' })).rejects.toThrow(
    /^P2PAI_SERVE_SLOTS in the env/
  )
})

test('a variable that looks like a setting and is none is an error; all others are left alone', async () => {
  homeWith('{}')
  await expect(resolveSettings(settings, { P2PAI_SERVE_SLOT: '2' })).rejects.toThrow(/did you mean P2PAI_SERVE_SLOTS\?/)
  const others = { P2PAI_HOME: '/x', P2PAI_DEBUG: '1', P2PAI_TEST_MODELS: '/y', SERVE_SLOTS: '3' }
  expect((await resolveSettings(settings, others)).every(({ origin }) => origin === 'default')).toBe(true)
})

test('flags are stronger than all, and commands without settings read none', async () => {
  homeWith('{"serve": {"slots": 4, "model": ["a"], "name": "attic"}}')
  let ran: unknown
  const own = buildProgram('1.2.3', async () => undefined)
  const serve = own.commands.find(command => command.name() === 'serve')!
  serve.action(() => {
    ran = serve.opts()
  })
  await own.parseAsync(['serve', '--no-model', '--slots', '2'], { from: 'user' })
  expect(ran).toMatchObject({ model: false, slots: 2, name: 'attic', mdns: true })
  homeWith('nonsense')
  await buildProgram('1.2.3', async () => undefined).parseAsync(['status'], { from: 'user' })
  await expect(own.parseAsync(['serve'], { from: 'user' })).rejects.toThrow(/not JSON/)
})
