import { expect, test } from 'vitest'
import { llamaEngine, type Message, type P2paiNode, textMessage } from '../../src/index.ts'
import { SMOLLM2, WITHOUT_SMOLLM2 } from '../e2e/models.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

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
  'the second turn goes to the provider that has the first in its cache, and elsewhere when that is gone',
  { timeout: 120_000 },
  async () => {
    const engine = async () => await llamaEngine({ modelFile: SMOLLM2, contextSizeTokens: 4096, slots: 1 })
    const first = await testNode({ engines: [await engine()] })
    const second = await testNode({ engines: [await engine()], bootstrap: [addressOf(first)] })
    const asker = await testNode({ bootstrap: [addressOf(first)] })
    await until('both are known', () => providersOf(asker) === 2)
    const history = 'The river winds through seven quiet valleys before it reaches the sea. '.repeat(60)
    const messages = [textMessage('user', `${history} What is it about?`)]
    const one = await turn(asker, messages)
    messages.push(textMessage('assistant', one.text), textMessage('user', 'And in one word?'))
    const two = await turn(asker, messages)
    expect(two.peer).toBe(one.peer)
    // All of the first turn but what the template adds around the new words.
    expect(two.usage.cachedPromptTokens).toBeGreaterThan(0.95 * one.usage.promptTokens)
    const gone = one.peer === first.peerId ? first : second
    await gone.stop(0)
    messages.push(textMessage('assistant', two.text), textMessage('user', 'And in another?'))
    const three = await turn(asker, messages)
    expect(three.peer).not.toBe(one.peer)
    expect(three.usage.completionTokens).toBeGreaterThan(0)
  }
)
