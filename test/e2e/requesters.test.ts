import { type TestContext, test } from 'vitest'
import { newHome, run, serve } from './command.ts'

const STRANGER = '12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN'

async function provider({ onTestFinished }: TestContext, words: string[], settings: string[][] = []) {
  const home = newHome(onTestFinished)
  for (const words of settings) await run(home, ['config', 'set', ...words])
  const served = await serve(home, words)
  onTestFinished(async () => void (await served.stop()))
  return served.ready.addresses[0]!
}

async function asker({ onTestFinished }: TestContext) {
  const home = newHome(onTestFinished)
  return { home, peerId: (await run(home, ['id'])).out.trim() }
}

const ask = async (home: string, address: string, ...words: string[]) =>
  (await run(home, ['ask', '--no-mdns', '--bootstrap', address, ...words, 'Hello'])).code

// Whoever is refused looks for others for five seconds: they do it at the same time.
test.concurrent.for([
  { id: '--deny', words: (peer: string) => ['--deny', peer], settings: () => [], code: 6 },
  { id: '--only', words: () => ['--only', STRANGER], settings: () => [], code: 6 },
  {
    id: '--only with the asker',
    words: (peer: string) => ['--only', `${STRANGER},${peer}`],
    settings: () => [],
    code: 0
  },
  { id: 'serve.deny', words: () => [], settings: (peer: string) => [['serve.deny', peer]], code: 6 },
  {
    id: '--only in place of serve.allow',
    words: () => ['--only', STRANGER],
    settings: (peer: string) => [['serve.allow', peer]],
    code: 6
  }
])('serve with $id gives the asker $code', async ({ words, settings, code }, context) => {
  const { home, peerId } = await asker(context)
  context.expect(await ask(home, await provider(context, words(peerId), settings(peerId)))).toBe(code)
})

test.concurrent('ask --deny leaves a provider out, and names a slip', async context => {
  const { expect } = context
  const { home } = await asker(context)
  const address = await provider(context, [])
  expect(await ask(home, address, '--timeout', '5', '--deny', address)).toBe(4)
  const slip = await run(home, ['ask', '--deny', '12D3KooW', 'Hello'])
  expect(slip).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^p2pai: 12D3KooW is no peer id.*\n$/) })
  const served = await run(home, ['serve', '--no-mdns', '--deny', 'attic'])
  expect(served.err).not.toContain('built-in')
  expect(served).toMatchObject({ code: 2, err: expect.stringMatching(/^p2pai: attic is no peer id.*\n$/) })
})
