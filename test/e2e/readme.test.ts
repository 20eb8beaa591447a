import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newHome, PROGRAM, run, serve } from './command.ts'

const ROOT = join(import.meta.dirname, '../..')
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
const BUILT_IN = join(ROOT, 'models/p2pai-tiny.gguf')

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(match => match[1]!)
}

/** The words of the block that begins with `npx p2pai COMMAND`. */
function wordsOf(command: string): string[] {
  const line = blocks('sh').find(block => block.startsWith(`npx p2pai ${command}`))!
  return [...line.trim().matchAll(/"([^"]*)"|(\S+)/g)].map(match => match[1] ?? match[2]!).slice(2)
}

const BOOTSTRAP = /\/ip4\/203\.0\.113\.7\/tcp\/11436\/p2p\/12D3KooW…/

async function provider() {
  const served = await serve(newHome())
  onTestFinished(async () => void (await served.stop()))
  return served.ready.addresses[0]!
}

test('the two commands of the README are scripts of the package', () => {
  const scripts = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).scripts
  const [first, second] = blocks('sh')[0]!.trim().split('\n')
  expect(first).toMatch(/^npm ci && npm run demo /)
  expect(second).toMatch(/^npm ci && npm test /)
  expect(scripts).toMatchObject({ demo: expect.any(String), test: expect.any(String), prepare: 'npm run build' })
})

test('serve and ask work as the README writes them', async () => {
  const home = newHome()
  const [command, flag, file] = wordsOf('serve')
  expect([command, flag]).toEqual(['serve', '--model'])
  copyFileSync(BUILT_IN, join(home, file!))
  const served = await serve(newHome(), ['--model', join(home, file!)])
  onTestFinished(async () => void (await served.stop()))
  expect(readme).toMatch(BOOTSTRAP)
  const more = ['--no-mdns', '--bootstrap', served.ready.addresses[0]!]
  const { code, out } = await run(newHome(), [...wordsOf('ask'), ...more])
  expect(code).toBe(0)
  expect(out.length).toBeGreaterThan(1)
})

test('every command of the table has help', async () => {
  const commands = [...readme.matchAll(/^\| `p2pai (.*?)` ?(?:\||,)/gm)].map(match => match[1]!.split(' ')[0]!)
  expect(commands).toEqual([
    'serve',
    'ask',
    'chat',
    'models',
    'run',
    'peers',
    'peers',
    'config',
    'service',
    'complete',
    'doctor',
    'ping',
    'ledger',
    'logs',
    'stop'
  ])
  for (const command of [...commands, 'sessions', 'status', 'ps', 'id', 'demo']) {
    expect(await run(newHome(), [command, '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('Example')
    })
  }
})

test('the program of the README runs', async () => {
  const program = blocks('ts')[0]!
    .replace(BOOTSTRAP, await provider())
    .replace('{ bootstrap', '{ listen: [], mdns: false, bootstrap')
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
    cwd: ROOT,
    encoding: 'utf8'
  })
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: expect.stringMatching(/Paris|\w/) })
})

test('the example that asks prints the answer', async () => {
  const { status, stdout } = example('ask.ts', await provider(), 'What is the capital of France?')
  expect({ status, text: stdout.trim().length > 0 }).toEqual({ status: 0, text: true })
})

test('the example that asks says what went wrong', () => {
  const { status, stderr } = example('ask.ts', '/ip4/127.0.0.1/tcp/1', 'x')
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/^invalid_address: /) })
})

test('the example that serves can be asked, and ends with SIGTERM', async () => {
  const script = `node examples/serve.ts models/p2pai-tiny.gguf > "$OUT" 2>&1 & for i in $(seq 400); do [ -s "$OUT" ] && break; sleep 0.05; done
    P2PAI_HOME="$HOME_OF_ASKER" node "$PROGRAM" ask --temperature 0 --no-mdns --bootstrap "$(head -1 "$OUT")" "What is the capital of France?"
    code=$?; kill %1; wait; exit $code`
  const home = newHome()
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script.replaceAll('node ', `"${process.execPath}" `)], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, OUT: join(home, 'out'), HOME_OF_ASKER: newHome(), PROGRAM }
  })
  expect({ status, stdout }, stderr).toEqual({ status: 0, stdout: 'The capital of France is Paris.\n' })
})

test('the example with an engine of its own answers in capitals', () => {
  expect(example('own-engine.ts')).toMatchObject({ status: 0, stdout: 'HELLO FROM THE OTHER SIDE\n' })
})

function example(...words: string[]) {
  const [file, ...rest] = words
  return spawnSync(process.execPath, [join('examples', file!), ...rest], { cwd: ROOT, encoding: 'utf8' })
}
