import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { environment, modelData, newFolder, sha256 } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'
import { ALONE, finished, newHome, PROGRAM, run, start } from './command.ts'

const data = modelData(5 << 20)
const CATALOG_FILE = 'Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf'
let hub: HubServer

beforeAll(async () => {
  hub = await HubServer.start({ [CATALOG_FILE]: { data }, 'a/b-GGUF/b-Q4_0.gguf': { data: modelData(4 << 20) } })
})

afterAll(() => hub.stop())

test('a model of the catalog: pulled, listed, shown, served by the name that was typed, removed', async () => {
  const home = newHome()
  const env = environment(newFolder(), hub.endpoint)
  const before = await run(home, ['models', 'show', 'qwen3:0.6b'], { env })
  expect(before.out).toMatch(
    /^name +qwen3:0\.6b-q8_0\nstate +not installed; get it with: p2pai models pull qwen3:0\.6b-q8_0\n/
  )
  const pulled = await run(home, ['models', 'pull', 'qwen3:0.6b'], { env })
  expect(pulled).toEqual({
    code: 0,
    out: 'qwen3:0.6b-q8_0 is installed (5.2 MB); share it with: p2pai serve --model qwen3:0.6b-q8_0\n',
    err: ''
  })
  const again = await run(home, ['pull', 'qwen3:0.6b'], { env })
  expect(again).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^qwen3:0\.6b-q8_0 was here already \(5\.2 MB\); /)
  })
  const listed = await run(home, ['models'], { env })
  expect(listed).toMatchObject({ code: 0, err: 'models of peers are not shown, because no daemon is running\n' })
  expect(listed.out).toMatch(
    /^ON THIS MACHINE .*\nqwen3:0\.6b-q8_0 +[0-9a-f]{12} +5\.2 MB +installed\np2pai-tiny:\S+ .* built-in\n$/
  )
  const json = await run(home, ['models', 'ls', '--json'], { env })
  expect(JSON.parse(json.out)).toMatchObject({
    version: 1,
    models: [],
    local: [
      { name: 'qwen3:0.6b-q8_0', digest: sha256(data), licence: 'Apache-2.0', place: 'p2pai', installed: true },
      { name: expect.stringMatching(/^p2pai-tiny:/), place: 'built-in', installed: false }
    ]
  })
  const shown = await run(home, ['models', 'show', sha256(data).slice(0, 12)], { env })
  expect(shown.out).toMatch(
    /^name +qwen3:0\.6b-q8_0\n(?:.*\n)*source +hf:Qwen\/Qwen3-0\.6B-GGUF\/Qwen3-0\.6B-Q8_0\.gguf\n/
  )

  for (const words of [['--model', 'qwen3:0.6b'], []]) {
    const served = await readyLine(home, words, env)
    expect(served).toMatchObject({ models: [{ name: 'qwen3:0.6b-q8_0', digest: sha256(data) }] })
  }

  const removed = await run(home, ['models', 'rm', 'qwen3'], { env })
  expect(removed).toMatchObject({ code: 0, out: 'qwen3:0.6b-q8_0 is removed (5.2 MB)\n' })
  expect(readdirSync(join(home, 'models')).filter(name => name.endsWith('.gguf'))).toEqual([])
  const gone = await run(home, ['models', 'rm', 'qwen3'], { env })
  expect(gone).toMatchObject({
    code: 4,
    out: '',
    err: expect.stringMatching(/^p2pai: no model "qwen3" is installed[^\n]*\n$/)
  })
})

/** Puts one model into the hub's cache, and another one into ollama's store. */
function fillStores(env: Record<string, string>): void {
  const snapshot = join(env.HF_HUB_CACHE!, 'models--a--some-GGUF/snapshots/c0ffee')
  const blobs = join(env.OLLAMA_MODELS!, 'blobs')
  const manifests = join(env.OLLAMA_MODELS!, 'manifests/registry.ollama.ai/library/other')
  for (const folder of [snapshot, blobs, manifests]) mkdirSync(folder, { recursive: true })
  copyFileSync(join(import.meta.dirname, '../../models/p2pai-tiny.gguf'), join(snapshot, 'some-1b-Q4_K_M.gguf'))
  writeFileSync(join(blobs, `sha256-${sha256(data)}`), data)
  const layer = {
    mediaType: 'application/vnd.ollama.image.model',
    digest: `sha256:${sha256(data)}`,
    size: data.byteLength
  }
  writeFileSync(join(manifests, '1b'), JSON.stringify({ layers: [layer] }))
}

test("models in the hub's cache and in ollama's store are served by their names, from there", async () => {
  const env = environment(newFolder(), hub.endpoint)
  fillStores(env)
  const home = newHome()
  expect(await readyLine(home, ['--model', 'some-1b', '--model', 'other:1b'], env)).toMatchObject({
    models: [{ name: 'some-1b:q4_k_m' }, { name: 'other:1b' }]
  })
  expect(existsSync(join(home, 'models'))).toBe(false)
})

test('models of other programs count as installed for serve: the best is taken, the others follow, and it is said', async () => {
  const env = environment(newFolder(), hub.endpoint)
  fillStores(env)
  const { models, log } = await readyLine(newHome(), [], env, 'model:shared')
  const [taken] = models.map(({ name }) => name)
  const other = taken === 'other:1b' ? 'some-1b:q4_k_m' : 'other:1b'
  expect(['other:1b', 'some-1b:q4_k_m']).toContain(taken)
  const place = (name: string) => (name === 'other:1b' ? 'ollama' : 'hub-cache')
  expect(log.filter(({ event }) => /taken|shared/.test(event))).toMatchObject([
    { event: 'the best model of this machine is taken', model: taken, place: place(taken!) },
    { event: 'model:shared', model: other, place: place(other) }
  ])
})

test('without an installed model the built-in one is served, and that is said', async () => {
  const { models, log } = await readyLine(newHome(), [], environment(newFolder(), hub.endpoint))
  expect(models).toMatchObject([{ name: expect.stringMatching(/^p2pai-tiny:/) }])
  expect(log).toContainEqual(
    expect.objectContaining({ event: expect.stringMatching(/built-in/), better: 'p2pai models recommend' })
  )
})

test('run gets a model that is not here and answers, and asks the daemon that shares it', async () => {
  const home = newHome()
  const env = environment(newFolder(), hub.endpoint)
  const prompt = ['run', 'qwen3:0.6b', 'What is the capital of France?', '--temperature', '0']
  const first = await run(home, prompt, { env })
  expect(first).toMatchObject({ code: 0, out: 'The capital of France is Paris.\n' })
  hub.asked.length = 0
  const child = start(home, ['serve', ...ALONE, '--log-format', 'json'], env)
  const end = finished(child)
  const ready = Promise.withResolvers<void>()
  child.stdout!.on('data', chunk => String(chunk).includes('"event":"ready"') && ready.resolve())
  await ready.promise
  const second = await run(home, [...prompt, '--json'], { env })
  expect(JSON.parse(second.out)).toMatchObject({
    text: 'The capital of France is Paris.',
    model: { name: 'qwen3:0.6b-q8_0' }
  })
  child.kill('SIGTERM')
  expect((await end).code).toBe(0)
  expect(hub.asked).toEqual([])
})

test('recommend says what fits, and how to get it', async () => {
  const { code, out, err } = await run(newHome(), ['models', 'recommend'])
  expect({ code, err }).toEqual({ code: 0, err: expect.stringMatching(/^get one with: p2pai models pull \S+\n$/) })
  expect(out).toMatch(/^NAME +FOR +SIZE +MEMORY +LICENCE +THIS MACHINE\n/)
  const json = JSON.parse((await run(newHome(), ['models', 'recommend', '--json'])).out)
  expect(json.models.length).toBeGreaterThan(5)
})

test('two processes that want the same file fetch it once', async () => {
  const home = newHome()
  const env = environment(newFolder(), hub.endpoint)
  hub.faults = { pieceMs: 2 }
  onTestFinished(() => {
    hub.faults = {}
  })
  hub.sent.length = 0
  const children = [1, 2].map(() => finished(start(home, ['models', 'pull', 'qwen3:0.6b', '--json'], env)))
  const [one, two] = await Promise.all(children)
  expect([one!.code, two!.code]).toEqual([0, 0])
  expect(JSON.parse(one!.out)).toEqual(JSON.parse(two!.out))
  expect(hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(data.byteLength)
})

test('Ctrl-C ends a pull at once, and the next one goes on', async () => {
  const home = newHome()
  const env = environment(newFolder(), hub.endpoint)
  hub.faults = { pieceMs: 5 }
  hub.sent.length = 0
  const child = start(home, ['models', 'pull', 'qwen3:0.6b'], env)
  const end = finished(child)
  hub.onSent = () => {
    if (hub.sent.length === 100) child.kill('SIGINT')
  }
  expect(await end).toEqual({ code: 130, out: '', err: '' })
  hub.faults = {}
  hub.sent.length = 0
  expect(await run(home, ['models', 'pull', 'qwen3:0.6b'], { env })).toMatchObject({ code: 0 })
  expect(hub.sent.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(data.byteLength - (1 << 20))
})

/** Of util-linux: runs a command on a terminal of its own. */
const SCRIPT = 'script'
const withoutTerminal = spawnSync(SCRIPT, ['--version']).status !== 0
if (withoutTerminal) console.warn('skipped: no terminal can be made here (script of util-linux)')

test.skipIf(withoutTerminal)('on a terminal there is a bar on stderr, and nowhere else', async () => {
  const env = environment(newFolder(), hub.endpoint)
  hub.faults = { pieceMs: 3 }
  onTestFinished(() => {
    hub.faults = {}
  })
  const command = `"${process.execPath}" "${PROGRAM}" models pull qwen3:0.6b > "$OUT"`
  const out = join(newFolder(), 'out')
  const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
    env: { ...process.env, ...env, P2PAI_HOME: newHome(), OUT: out, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  const { code, out: screen } = await finished(child)
  expect(code).toBe(0)
  expect(screen).toMatch(/fetching \[#*-*\] +\d+% {2}.* of 5\.2 MB {2}.*\/s {2}.* left/)
})

/** Runs serve on a terminal, types when it asks, and returns what was shown until it was ready and stopped. */
async function serveOnTerminal(flags: string, typed: string, env: Record<string, string>): Promise<string> {
  // The terminal of `script` has no size of its own, and would break every line.
  const command = `stty cols 120 rows 30; exec "${process.execPath}" "${PROGRAM}" serve ${ALONE.join(' ')} --api off ${flags}`
  const child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
    env: { ...process.env, ...env, TERM: 'xterm', NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe']
  })
  const end = finished(child)
  let screen = ''
  let hasTyped = false
  let hasStopped = false
  child.stdout!.on('data', chunk => {
    screen += chunk
    if (!hasTyped && screen.includes('No model is installed. Get')) {
      hasTyped = true
      child.stdin!.write(typed)
    }
    // Ctrl-C, as the terminal sends it.
    if (!hasStopped && /p2pai ready: [^\n]*\n/.test(screen)) {
      hasStopped = true
      child.stdin!.write('\u0003')
    }
  })
  await end
  return screen
}

test.skipIf(withoutTerminal).each([
  { id: 'yes', typed: 'y', ready: /p2pai ready: qwen3/ },
  { id: 'no', typed: 'n', ready: /p2pai ready: p2pai-tiny/ }
])('serve without a model offers the recommended one on a terminal: $id', async ({ typed, ready }) => {
  const [recommended] = JSON.parse((await run(newHome(), ['models', 'recommend', '--json'])).out).models.filter(
    (entry: { best: boolean; purpose: string }) => entry.best && entry.purpose === 'chat'
  )
  const file = `${recommended.repository}/${recommended.file}`
  const own = await HubServer.start({ [file]: { data } })
  onTestFinished(() => own.stop())
  const home = newHome()
  const screen = await serveOnTerminal('', typed, { ...environment(newFolder(), own.endpoint), P2PAI_HOME: home })
  expect(screen).toContain(`Get ${recommended.name} (`)
  expect(screen).toMatch(ready)
  expect(own.ranges.length > 0).toBe(typed === 'y')
})

test.skipIf(withoutTerminal)('serve --no-input asks nothing on a terminal', async () => {
  const env = { ...environment(newFolder(), hub.endpoint), P2PAI_HOME: newHome() }
  const screen = await serveOnTerminal('--no-input', '', env)
  expect(screen).not.toContain('Get ')
  expect(screen).toMatch(/no model of this machine fits, so the small built-in one is taken/)
  expect(screen).toMatch(/p2pai ready: p2pai-tiny/)
})

test('serve --yes gets the recommended model unasked, and fails when it cannot', async () => {
  const home = newHome()
  const { code, err } = await run(home, ['serve', ...ALONE, '--api', 'off', '--yes'], {
    env: environment(newFolder(), hub.endpoint)
  })
  expect({ code, err }).toEqual({ code: 4, err: expect.stringMatching(/^p2pai: [^\n]+\n$/) })
})

test('the proxy of the environment is used', async () => {
  const seen: string[] = []
  const proxy = createServer((_, response) => response.writeHead(500).end())
  proxy.on('connect', (request, socket) => {
    seen.push(request.url ?? '')
    const [host, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    upstream.on('error', () => socket.destroy())
    socket.on('error', () => upstream.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const env = {
    ...environment(newFolder(), hub.endpoint),
    NO_PROXY: '',
    no_proxy: '',
    HTTP_PROXY: address,
    HTTPS_PROXY: address
  }
  const { code, err } = await run(newHome(), ['models', 'pull', 'qwen3:0.6b'], { env })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(seen).toContain(new URL(hub.endpoint).host)
})

test.each([
  { id: 'an unknown name', words: ['pull', 'qwen3:4c'], code: 4, says: /did you mean .*qwen3:4b-q4_k_m/ },
  { id: 'a repository that is not there', words: ['pull', 'hf:no/thing'], code: 4, says: /no repository no\/thing/ },
  { id: 'no name', words: ['pull', ''], code: 2, says: /no model is named/ },
  { id: 'an unknown name to show', words: ['show', 'nothing-like-it'], code: 4, says: /no model "nothing-like-it"/ }
])('$id: one line and exit code $code', async ({ words, code, says }) => {
  const failed = await run(newHome(), ['models', ...words], { env: environment(newFolder(), hub.endpoint) })
  expect(failed).toMatchObject({ code, out: '', err: expect.stringMatching(/^p2pai: [^\n]+\n$/) })
  expect(failed.err).toMatch(says)
})

test('a hub that is not there is said in one line', async () => {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
  closed.close()
  const { code, err } = await run(newHome(), ['models', 'pull', 'qwen3'], { env: environment(newFolder(), address) })
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^p2pai: cannot fetch from 127\.0\.0\.1:\d+: the connection was refused\n$/)
  })
})

interface ReadyLine {
  models: { name: string; digest: string }[]
  log: { event: string }[]
}

/** Serves until the ready line, or that of another event, and returns the former with all lines until then. */
async function readyLine(
  home: string,
  words: string[],
  env: Record<string, string>,
  until = 'ready'
): Promise<ReadyLine> {
  const child = start(home, ['serve', ...ALONE, '--log-format', 'json', ...words], env)
  const end = finished(child)
  let text = ''
  child.stdout!.on('data', chunk => {
    text += chunk
    if (text.includes(`"event":"${until}"`)) child.kill('SIGTERM')
  })
  const { code, err } = await end
  expect({ code, err }).toMatchObject({ code: 0 })
  const log = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  return { ...log.find(line => line.event === 'ready'), log }
}
