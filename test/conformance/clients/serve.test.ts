import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newHome, run, serve } from '../../e2e/command.ts'

async function served(...words: string[]) {
  const daemon = await serve(newHome(), words)
  onTestFinished(async () => void (await daemon.stop()))
  return daemon.ready
}

const messages = [{ role: 'user', content: 'What is the capital of France?' }]

async function ask(url: string, headers: Record<string, string> = {}) {
  return await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'auto', messages, temperature: 0, max_completion_tokens: 20 })
  })
}

test('serve opens the gateway, and a node without a model answers through another one', async () => {
  const provider = await served('--api', 'off')
  expect(provider.api).toBeUndefined()
  const gateway = await served('--no-model', '--bootstrap', provider.addresses[0]!, '--api', '127.0.0.1:0')
  expect(gateway.api).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  const response = await ask(gateway.api!)
  expect(response.status).toBe(200)
  expect(response.headers.get('x-p2pai-peer')).toBe(provider.peerId)
  expect(await response.json()).toMatchObject({
    choices: [{ message: { content: 'The capital of France is Paris.' } }],
    p2pai: { peer: provider.peerId }
  })
})

test('two daemons with the default address have a port each', async () => {
  const flags = ['serve', '--no-model', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--log-format', 'json']
  const { start } = await import('../../e2e/command.ts')
  const { createInterface } = await import('node:readline')
  const urls: string[] = []
  for (let count = 0; count < 2; count++) {
    const child = start(newHome(), flags)
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout! })) {
      const entry = JSON.parse(line)
      if (entry.event !== 'ready') continue
      urls.push(entry.api)
      break
    }
  }
  expect(new Set(urls).size).toBe(2)
  for (const url of urls) expect((await fetch(`${url}/health`)).status).toBe(200)
})

test('a named port that is taken, or other machines without a key, end serve with a sentence', async () => {
  const { api } = await served('--no-model', '--api', '127.0.0.1:0')
  const alone = ['serve', '--no-model', '--no-mdns', '--listen', '/ip4/127.0.0.1/tcp/0', '--api']
  const taken = await run(newHome(), [...alone, new URL(api!).host])
  expect(taken).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^p2pai: port \d+ of 127\.0\.0\.1 is taken/)
  })
  for (const address of ['0.0.0.0:0', 'nowhere', '192.0.2.1:0']) {
    const refused = await run(newHome(), [...alone, address])
    expect(refused, address).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^p2pai: /) })
  }
})

test('with a key file only those who know the key are answered', async () => {
  const file = join(newHome(), 'api-key')
  writeFileSync(file, 'a-key-of-some-length\n')
  const { api } = await served('--api', '127.0.0.1:0', '--api-key-file', file)
  expect((await ask(api!)).status).toBe(401)
  expect((await ask(api!, { authorization: 'Bearer a-key-of-some-length' })).status).toBe(200)
})
