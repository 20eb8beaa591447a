import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ALONE, newHome, run } from './command.ts'

/** A command that must fail with one clear line. */
interface Failing {
  id: string
  words: string[]
  code: number
  says: RegExp
  input?: string
  prepare?(home: string): string | undefined
}

const PROMPT = 'What is the capital of France?'

/** Nobody listens at port 1 of loopback, so a dial is refused at once. */
const DEAD = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

const CASES: Failing[] = [
  { id: 'an empty prompt', words: ['ask', ''], code: 2, says: /prompt is empty/ },
  { id: 'a blank prompt from a pipe', words: ['ask', '-'], input: ' \n', code: 2, says: /prompt is empty/ },
  {
    id: 'an overlong prompt',
    words: ['ask', '--local'],
    input: 'word '.repeat(3000),
    code: 1,
    says: /\d+ tokens.*1024/
  },
  {
    id: 'case 10: an unknown model',
    words: ['ask', '--local', '-m', 'p2pai-tyni', PROMPT],
    code: 4,
    says: /p2pai-tyni.*p2pai-tiny:/
  },
  {
    id: 'case 10: a model with dots',
    words: ['ask', '--local', '-m', '../../x\ny', PROMPT],
    code: 2,
    says: /no file/
  },
  {
    id: 'an unknown model to serve',
    words: ['serve', ...ALONE, '--model', 'p2pai-tyni'],
    code: 4,
    says: /p2pai-tiny:/
  },
  { id: 'a model file that is missing', words: ['serve', ...ALONE, '--model', './x.gguf'], code: 2, says: /no file/ },
  {
    id: 'a broken address to listen on',
    words: ['serve', '--no-model', '--no-mdns', '--listen', '/ip4/x'],
    code: 2,
    says: /\/ip4\/x/
  },
  {
    id: 'a broken bootstrap address',
    words: ['ask', '--no-mdns', '--bootstrap', 'nonsense', PROMPT],
    code: 2,
    says: /nonsense/
  },
  {
    id: 'a broken peer',
    words: ['ask', '--no-mdns', '--peer', '/ip4/1.2.3.4', PROMPT],
    code: 2,
    says: /\/ip4\/1\.2\.3\.4/
  },
  {
    id: 'a schema file that is missing',
    words: ['ask', '--schema', '/nowhere.json', PROMPT],
    code: 2,
    says: /nowhere\.json/
  },
  { id: 'nobody there', words: ['ask', '--no-mdns', '--timeout', '5', PROMPT], code: 4, says: /no provider|nobody/ },
  {
    id: 'a bootstrap that nobody answers at',
    words: ['ask', '--no-mdns', '--bootstrap', DEAD, PROMPT],
    code: 4,
    says: /no provider of auto was found: cannot reach \/ip4\/127\.0\.0\.1\/tcp\/1\//
  },
  {
    id: 'a model file for the network',
    words: ['ask', '-m', join(import.meta.dirname, '../../models/p2pai-tiny.gguf'), PROMPT],
    code: 2,
    says: /is a file: add --local/
  },
  { id: 'a path for the network', words: ['ask', '-m', './x.gguf', PROMPT], code: 2, says: /no such file/ },
  { id: 'a model and none', words: ['serve', '--no-model', '--model', 'x'], code: 2, says: /exclude each other/ },
  { id: 'none and a model', words: ['serve', '--model', 'x', '--no-model'], code: 2, says: /exclude each other/ },
  { id: 'a shortened command', words: ['stat'], code: 2, says: /did you mean status/ },
  { id: 'a prompt that begins with json', words: ['json', '--temperature', '9'], code: 2, says: /from 0 to 2/ },
  { id: 'help about no command', words: ['help', 'nosuch'], code: 2, says: /no command nosuch/ },
  { id: 'an unknown flag', words: ['ask', '--colour', PROMPT], code: 2, says: /unknown option '--colour'.*--color/ },
  { id: 'a number out of range', words: ['ask', '--temperature', '9', PROMPT], code: 2, says: /from 0 to 2/ },
  { id: 'a mistyped command', words: ['statsu'], code: 2, says: /did you mean status/ },
  { id: 'status without a daemon', words: ['status'], code: 3, says: /no daemon is running/ },
  {
    id: 'a bad schema',
    words: ['ask', '--schema', 'SCHEMA', PROMPT],
    code: 2,
    says: /not JSON/,
    prepare(home) {
      writeFileSync(join(home, 'schema.json'), '{"type":')
      return undefined
    }
  },
  {
    id: 'case 41: a broken configuration',
    words: ['serve', '--no-model', ...ALONE],
    code: 2,
    says: /config\.json, line 2: there is no setting serve\.slot; did you mean serve\.slots\?/,
    prepare(home) {
      writeFileSync(join(home, 'config.json'), '{"serve":\n{"slot": 1}}')
      return undefined
    }
  },
  {
    id: 'case 40: a corrupt key, to serve',
    words: ['serve', '--no-model', ...ALONE],
    code: 1,
    says: /key .* 7 bytes/,
    prepare: corruptKey
  },
  {
    id: 'case 40: a corrupt key, to ask',
    words: ['ask', '--no-mdns', PROMPT],
    code: 1,
    says: /key .* 7 bytes/,
    prepare: corruptKey
  },
  {
    id: 'case 36: a key that others can read',
    words: ['serve', '--no-model', ...ALONE],
    code: 1,
    says: /chmod 600/,
    prepare(home) {
      writeFileSync(join(home, 'key'), new Uint8Array(68))
      chmodSync(join(home, 'key'), 0o777)
      return undefined
    }
  },
  {
    id: 'case 36: a home that is a file',
    words: ['serve', '--no-model', ...ALONE],
    code: 1,
    says: /not a folder/,
    prepare(home) {
      writeFileSync(join(home, 'file'), '')
      return join(home, 'file')
    }
  },
  {
    id: 'case 36: a home that cannot be made',
    words: ['serve', '--no-model', ...ALONE],
    code: 1,
    says: /cannot use the home \/proc/,
    prepare: () => '/proc/p2pai'
  },
  {
    id: 'case 36: a home that others may write to',
    words: ['serve', '--no-model', ...ALONE],
    code: 1,
    says: /chmod 700/,
    prepare(home) {
      mkdirSync(join(home, 'open'))
      chmodSync(join(home, 'open'), 0o777)
      return join(home, 'open')
    }
  }
]

function corruptKey(home: string): undefined {
  writeFileSync(join(home, 'key'), 'corrupt', { mode: 0o600 })
}

test.each(CASES)(
  '$id: one line, exit code $code, nothing left behind',
  async ({ words, code, says, input, prepare }) => {
    const folder = newHome()
    const home = prepare?.(folder) ?? folder
    const given = words.map(word => (word === 'SCHEMA' ? join(folder, 'schema.json') : word))
    const failed = await run(home, given, { ...(input !== undefined && { input }) })
    expect(failed.err).toMatch(says)
    expect(failed.err).toMatch(/^p2pai: [^\n]+\n$/)
    expect(failed).toMatchObject({ code, out: '' })
    for (const name of ['control.sock', 'daemon.json']) expect(existsSync(join(home, name))).toBe(false)
    if (says.source.includes('7 bytes')) expect(readFileSync(join(home, 'key'), 'utf8')).toBe('corrupt')
  }
)

test('case 34: a port in use is named, and nothing is left behind', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise(resolve => server.once('listening', resolve))
  const address = `/ip4/127.0.0.1/tcp/${(server.address() as { port: number }).port}`
  const home = newHome()
  const { code, out, err } = await run(home, ['serve', '--no-model', '--no-mdns', '--listen', address])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(new RegExp(`^p2pai: [^\n]*${address}[^\n]*\n$`))
  for (const name of ['control.sock', 'daemon.json']) expect(existsSync(join(home, name))).toBe(false)
})

test('in JSON mode an error is one document on stderr', async () => {
  const asked = await run(newHome(), ['ask', '--json', '--no-mdns', '--timeout', '5', PROMPT])
  expect(asked).toMatchObject({ code: 4, out: '' })
  expect(JSON.parse(asked.err)).toMatchObject({
    error: { code: expect.any(String), message: expect.any(String), retryable: true }
  })
  const usage = await run(newHome(), ['status', '--json', '--nonsense'])
  expect(usage.code).toBe(2)
  expect(JSON.parse(usage.err)).toMatchObject({ error: { code: 'invalid_request', retryable: false } })
})

test('a dead bootstrap without other ways does not wait for the whole search', async () => {
  const asked = await run(newHome(), ['ask', '--no-mdns', '--timeout', '100', '--bootstrap', DEAD, PROMPT])
  expect(asked).toMatchObject({ code: 4 })
}, 30_000)
