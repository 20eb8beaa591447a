import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { type Message, type P2paiNode, textMessage } from '../../src/index.ts'
import { addressOf, testNode, until } from '../integration/support/nodes.ts'
import { newHome, type Served, serve } from './command.ts'
import { SMOLLM2, WITHOUT_SMOLLM2 } from './models.ts'

/** Of the issue, 2,000 tokens; a third of it without `npm run prove`, for reading them takes a minute of both cores. */
const SENTENCES = process.env.P2PAI_PROVE === '1' ? 160 : 50

async function provider(asker: P2paiNode): Promise<Served> {
  const words = ['--model', SMOLLM2, '--context', '4096', '--slots', '1', '--bootstrap', addressOf(asker)]
  const served = await serve(newHome(), words)
  onTestFinished(async () => void (await served.stop()))
  await until('it is known and warm', () =>
    asker.peers().some(({ peerId, advert }) => peerId === served.ready.peerId && advert?.models[0]?.warm === true)
  )
  return served
}

async function turn(node: P2paiNode, messages: Message[]) {
  let text = ''
  let peer = ''
  for await (const event of node.engine.generate({
    model: 'smollm2',
    messages,
    maxTokens: 16,
    sampling: { temperature: 0 }
  })) {
    if (event.type === 'accepted') peer = event.provider!.peerId
    if (event.type === 'delta') text += event.text
    if (event.type === 'end') return { text, peer, usage: event.usage }
  }
  throw new Error('no end')
}

test.skipIf(WITHOUT_SMOLLM2)(
  'the second turn of a long conversation goes to the daemon that has the first in its cache, and elsewhere when that is killed',
  { timeout: 240_000 },
  async () => {
    const asker = await testNode()
    const providers = [await provider(asker), await provider(asker)]
    const history = 'The river winds through seven quiet valleys before it reaches the sea. '.repeat(SENTENCES)
    const messages = [textMessage('user', `${history} What is it about?`)]
    const one = await turn(asker, messages)
    expect(one.usage.promptTokens).toBeGreaterThan(12 * SENTENCES)
    messages.push(textMessage('assistant', one.text), textMessage('user', 'And in one word?'))
    const two = await turn(asker, messages)
    expect(two.peer).toBe(one.peer)
    // All of the first turn but what the template adds around the new words.
    expect(two.usage.cachedPromptTokens).toBeGreaterThan(0.95 * one.usage.promptTokens)
    const { child } = providers.find(({ ready }) => ready.peerId === one.peer)!
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
    messages.push(textMessage('assistant', two.text), textMessage('user', 'And in another?'))
    const three = await turn(asker, messages)
    expect(three.peer).not.toBe(one.peer)
    expect(three.usage.completionTokens).toBeGreaterThan(0)
  }
)
