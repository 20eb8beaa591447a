import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectDaemon, homePaths } from '../../src/index.ts'
import { until } from '../integration/support/nodes.ts'
import { newHome, run, type Served, serve } from './command.ts'
import { SMOLLM2, WITHOUT_SMOLLM2 } from './models.ts'

async function daemon(words: string[], home = newHome()): Promise<Served & { home: string; address: string }> {
  const served = await serve(home, words)
  onTestFinished(async () => void (await served.stop()))
  return { ...served, home, address: served.ready.addresses[0]! }
}

async function kill(served: Served): Promise<void> {
  const gone = once(served.child, 'exit')
  served.child.kill('SIGKILL')
  await gone
}

const ask = async (home: string, ...words: string[]) => {
  const { code, out, err } = await run(home, ['ask', '--json', '--temperature', '0', ...words])
  return { code, err, answer: code === 0 ? JSON.parse(out) : undefined }
}

async function providers(home: string): Promise<string[]> {
  const client = await connectDaemon(homePaths(home).socket)
  return (await client.peers()).filter(peer => peer.advert !== undefined).map(peer => peer.peerId)
}

describe('three processes', () => {
  test.skipIf(WITHOUT_SMOLLM2)(
    'the asker knows only a node in the middle, and goes on when that is killed',
    async () => {
      const middle = await daemon(['--no-model'])
      const provider = await daemon(['--model', SMOLLM2, '--context', '2048', '--bootstrap', middle.address])
      const asker = await daemon(['--no-model', '--bootstrap', middle.address])
      const question = ['-m', 'smollm2', 'What is the capital of France?']
      const first = await ask(asker.home, ...question)
      expect(first.answer.text).toContain('Paris')
      expect(first.answer.provider.peerId).toBe(provider.ready.peerId)
      await kill(middle)
      expect((await ask(asker.home, ...question)).answer.text).toContain('Paris')
    }
  )

  test('a command without a daemon finds the provider through one address of any node', async () => {
    const middle = await daemon(['--no-model'])
    const provider = await daemon(['--bootstrap', middle.address])
    const { answer } = await ask(
      newHome(),
      '--no-mdns',
      '--bootstrap',
      middle.address,
      'What is the capital of France?'
    )
    expect(answer).toMatchObject({
      text: 'The capital of France is Paris.',
      provider: { peerId: provider.ready.peerId }
    })
  })

  test('a provider that leaves is gone by its goodbye; one that is killed is never chosen after its first failure', async () => {
    const middle = await daemon(['--no-model'])
    const [polite, killed, left] = await Promise.all([1, 2, 3].map(() => daemon(['--bootstrap', middle.address])))
    const asker = await daemon(['--no-model', '--bootstrap', middle.address])
    await until('all providers are known', async () => (await providers(asker.home)).length === 3)
    // A node takes part in gossip from its first heartbeat on, within a second of its start.
    expect((await ask(asker.home, 'What is the capital of France?')).code).toBe(0)

    expect((await run(polite!.home, ['stop'])).code).toBe(0)
    // By its goodbye, over the node in the middle; its advert would hold for a minute.
    await until(
      'the one that left is gone',
      async () => !(await providers(asker.home)).includes(polite!.ready.peerId),
      20_000
    )

    await kill(killed!)
    let failures = 0
    for (let turn = 0; turn < 8; turn++) {
      const { answer } = await ask(asker.home, 'What is the capital of France?')
      expect(answer.provider.peerId).toBe(left!.ready.peerId)
      const tried = answer.attempts.map((attempt: { peerId: string }) => attempt.peerId)
      if (tried.includes(killed!.ready.peerId)) failures++
    }
    expect(failures).toBeLessThanOrEqual(1)
  })

  test('a new provider answers a daemon that was already there', async () => {
    const middle = await daemon(['--no-model'])
    const asker = await daemon(['--no-model', '--bootstrap', middle.address])
    const provider = await daemon(['--bootstrap', middle.address])
    // By the news of its start, well before it would say so again.
    await until('the asker knows it', async () => (await providers(asker.home)).includes(provider.ready.peerId), 10_000)
    expect((await ask(asker.home, 'What is the capital of France?')).answer.text).toContain('Paris')
  })

  test('a provider that was killed and started again is asked again', async () => {
    const home = newHome()
    const first = await daemon([], home)
    const asker = await daemon(['--no-model', '--bootstrap', first.address])
    await until('it is known', async () => (await providers(asker.home)).length === 1)
    await kill(first)
    expect((await ask(asker.home, '--timeout', '3', 'Hello')).code).not.toBe(0)
    await daemon(['--bootstrap', asker.address], home)
    await until('it is known again', async () => (await providers(asker.home)).length === 1)
    expect((await ask(asker.home, 'What is the capital of France?')).answer.text).toContain('Paris')
  })
})
