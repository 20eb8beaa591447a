import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DONE, FakeUpstream, piece, USAGE } from '../fault/support/fake-upstream.ts'
import { finished, newHome, run, type Served, serve, start } from './command.ts'

const ROOT = join(import.meta.dirname, '../..')
const page = readFileSync(join(ROOT, 'docs/upstream.md'), 'utf8')
const lines = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(match => match[1]!.trim().split('\n'))
const KEY = 'sk-of-the-test'

/** Two models, of which one may read images; counts who came with which key. */
async function server(): Promise<FakeUpstream> {
  const fake = new FakeUpstream('vllm', ['qwen3-8b', 'other'])
  fake.chat(piece({ content: 'Because ' }), piece({ content: 'of Rayleigh.' }), piece({}, 'stop'), USAGE, DONE)
  await fake.listen()
  onTestFinished(() => fake.close())
  return fake
}

/** The words of a line of the page, with the URL and the files of this test. */
function wordsOf(line: string, { url }: FakeUpstream, folder: string): string[] {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(match => match[1] ?? match[2]!).slice(1)
  const files = ['./p2pai-tiny.gguf', './key', 'photo.jpg']
  return words.map(word => (files.includes(word) ? join(folder, word) : word.replace('http://127.0.0.1:8000', url)))
}

function folderOfFiles(): string {
  const folder = newHome()
  copyFileSync(join(ROOT, 'models/p2pai-tiny.gguf'), join(folder, 'p2pai-tiny.gguf'))
  writeFileSync(join(folder, 'key'), `${KEY}\n`)
  writeFileSync(join(folder, 'photo.jpg'), Uint8Array.of(0xff, 0xd8, 0xff, ...new Uint8Array(100_000)))
  return folder
}

async function served(words: string[]): Promise<Served> {
  const node = await serve(newHome(), words)
  onTestFinished(async () => void (await node.stop()))
  return node
}

const MODELS: Record<string, string[]> = {
  '--model qwen3-8b': ['qwen3-8b'],
  './p2pai-tiny.gguf': ['qwen3-8b', 'other', 'p2pai-tiny:1m-q8_0']
}
const serving = lines.filter(line => line.startsWith('p2pai serve'))
const asking = lines.filter(line => line.startsWith('p2pai ask'))

test('the page has nothing but commands that are run here', () => {
  expect([...serving, ...asking]).toHaveLength(lines.length)
  expect({ serving: serving.length, asking: asking.length }).toEqual({ serving: 5, asking: 2 })
})

test.each(serving)('%s shares the models of the server', async line => {
  const fake = await server()
  const { ready } = await served(wordsOf(line, fake, folderOfFiles()).slice(1))
  const expected = Object.entries(MODELS).find(([end]) => line.endsWith(end))?.[1] ?? ['qwen3-8b', 'other']
  expect(ready.models.map(({ name }) => name.replace(/^p2pai-tiny.*/, 'p2pai-tiny:1m-q8_0'))).toEqual(expected)
  const keys = new Set(fake.seen.map(({ headers }) => headers.authorization))
  expect([...keys]).toEqual([line.includes('key-file') ? `Bearer ${KEY}` : undefined])
})

test.each(asking)('%s is answered by the server behind another node', async line => {
  const fake = await server()
  const folder = folderOfFiles()
  const { ready } = await served(['--upstream', fake.url, '--upstream-feature', 'images'])
  const words = [...wordsOf(line, fake, folder), '--no-mdns', '--bootstrap', ready.addresses[0]!]
  expect(await run(newHome(), words)).toMatchObject({ code: 0, out: 'Because of Rayleigh.\n' })
  const { body } = fake.seen.find(({ path }) => path === '/v1/chat/completions')!
  expect(JSON.stringify(body).includes('data:image/jpeg;base64,/9j/')).toBe(line.includes('photo.jpg'))
})

test('a wrong key, a wrong URL and a model that the server does not have are said at once', async () => {
  const fake = await server()
  fake.on('/v1/models', response => response.writeHead(401).end())
  const refused = await finished(start(newHome(), ['serve', '--upstream', fake.url, '--api', 'off']))
  expect(refused).toMatchObject({ code: 6, err: expect.stringContaining('key') })
  const url = await finished(start(newHome(), ['serve', '--upstream', 'nonsense', '--api', 'off']))
  expect(url).toMatchObject({ code: 2, err: expect.stringContaining('upstream') })
  const model = ['serve', '--upstream', (await server()).url, '--model', 'nobody', '--api', 'off']
  expect(await finished(start(newHome(), model))).toMatchObject({ code: 4, err: expect.stringContaining('nobody') })
})

test('serve may be started before its server, whose models come with it', async () => {
  const fake = await server()
  await fake.close()
  const { ready } = await served(['--upstream', fake.url, '--upstream-feature', 'images'])
  expect(ready.models).toEqual([])
  await fake.listen()
  const more = ['--no-mdns', '--bootstrap', ready.addresses[0]!, '--timeout', '30', '-m', 'qwen3-8b', 'Hello']
  expect(await run(newHome(), ['ask', ...more])).toMatchObject({ code: 0, out: 'Because of Rayleigh.\n' })
})
