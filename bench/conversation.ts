import { createNode, type InferenceEngine, llamaEngine, type Message, textMessage } from 'p2pai'
import { type Figure, inWords, MODEL_FILE, spread } from './support.ts'

const ROUNDS = 5
/** Short questions before it, so that neither way is measured while its code is compiled. */
const WARM_UP = 20
const SENTENCE = 'The river winds through seven quiet valleys before it reaches the sea. '

/** What the second turn of a long conversation costs, in the engine's own process and over the network. */
export async function conversation(): Promise<Figure[]> {
  const engine = await llamaEngine({ modelFile: MODEL_FILE, contextSizeTokens: 4096, slots: 2 })
  const other = await llamaEngine({ modelFile: MODEL_FILE, contextSizeTokens: 4096, slots: 2 })
  await engine.load()
  await other.load()
  const local = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false }
  const provider = await createNode({ ...local, engines: [engine] })
  const second = await createNode({ ...local, engines: [other], bootstrap: provider.status().addresses })
  const asker = await createNode({ ...local, bootstrap: provider.status().addresses })
  const direct: number[] = []
  const network: number[] = []
  let sameProvider = 0
  try {
    while (asker.status().providers < 2) await new Promise(resolve => setTimeout(resolve, 50))
    for (let round = 0; round < WARM_UP; round++) {
      for (const way of [engine, asker.engine]) await turn(way, [textMessage('user', `Hello ${round}.`)])
    }
    for (let round = 0; round < ROUNDS; round++) {
      const own = await twoTurns(engine, `own ${round}`)
      const far = await twoTurns(asker.engine, `far ${round}`)
      direct.push(own.ratio)
      network.push(far.ratio)
      if (far.peers[0] === far.peers[1]) sameProvider++
    }
  } finally {
    await asker.stop(0)
    await second.stop(0)
    await provider.stop(0)
  }
  const there = spread(network).median
  const here = spread(direct).median
  return [
    {
      name: 'second turn of 2,000 tokens: first token against that of the first turn',
      value: `${inWords(network, '', 3)} over the network, ${inWords(direct, '', 3)} in process`,
      goal: '<= 0.1, and <= 1.05 of the ratio in process',
      met: there <= 0.1 && there <= 1.05 * here
    },
    {
      name: 'second turn goes to the same provider',
      value: `${sameProvider} of ${ROUNDS}`,
      goal: 'all',
      met: sameProvider === ROUNDS
    }
  ]
}

/** The first token of a second turn against that of the first, and who answered. */
async function twoTurns(engine: InferenceEngine, name: string): Promise<{ ratio: number; peers: string[] }> {
  // Another beginning every time, so that no cached prefix shortens the first turn.
  const messages: Message[] = [
    textMessage('user', `${name} ${Math.random()} ${SENTENCE.repeat(130)} What is it about?`)
  ]
  const first = await turn(engine, messages)
  messages.push(textMessage('assistant', first.text), textMessage('user', 'And in one word?'))
  const second = await turn(engine, messages)
  return { ratio: second.firstTokenMs / first.firstTokenMs, peers: [first.peer, second.peer] }
}

async function turn(engine: InferenceEngine, messages: Message[]) {
  const startedAtMs = performance.now()
  let firstTokenMs = 0
  let text = ''
  let peer = ''
  for await (const event of engine.generate({ model: 'auto', messages, maxTokens: 24, sampling: { temperature: 0 } })) {
    if (event.type === 'accepted') peer = event.provider?.peerId ?? ''
    if (event.type !== 'delta') continue
    firstTokenMs ||= performance.now() - startedAtMs
    text += event.text
  }
  return { firstTokenMs, text, peer }
}
