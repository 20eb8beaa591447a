import { expect, test } from 'vitest'
import { peerRow } from '../../src/cli/commands/peers.ts'
import { factsOf } from '../../src/cli/commands/peers-show.ts'
import { type InferenceEngine, llamaEngine, P2paiError, type P2paiNode, textMessage } from '../../src/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { BUILT_IN, SMOLLM2, WITHOUT_SMOLLM2 } from '../e2e/models.ts'
import { addressOf, providersOf, testNode, until } from './support/nodes.ts'

const QUESTIONS = [
  'Tell me about the sea.',
  'How do I bake bread?',
  'Who was Albert Einstein?',
  'Plan a weekend in Rome.'
]

/** Asks one peer greedily, and lets others check it. */
async function ask(node: P2paiNode, peer: string, question: string, audit: boolean): Promise<void> {
  const answer = node.ask(
    { messages: [textMessage('user', question)], maxTokens: 24, sampling: { temperature: 0 } },
    { route: { peer, audit } }
  )
  try {
    await answer.text()
  } catch (error) {
    // Four engines on a machine that is busy may fall silent; the next question will do.
    if (!(error instanceof P2paiError) || !error.retryable) throw error
  }
}

/** The built-in tiny model under the name and the digest of another. */
function claiming(tiny: InferenceEngine, honest: InferenceEngine): InferenceEngine {
  const claim = async () => {
    const [own, claimed] = [(await tiny.models())[0]!, (await honest.models())[0]!]
    return { ...own, name: claimed.name, digest: claimed.digest, builtIn: false }
  }
  return {
    kind: 'liar',
    models: async () => [await claim()],
    status: () => [],
    async *generate(request, options) {
      const { name, digest } = await claim()
      for await (const event of tiny.generate({ ...request, model: 'auto' }, options)) {
        yield event.type === 'accepted' ? { ...event, model: { name, digest } } : event
      }
    },
    score: async (request, options) => await honest.score!(request, options),
    close: async () => await tiny.close()
  }
}

// Chance decides which jobs are checked, and two models share the cores: minutes on a busy machine. The seeded form of
// it is in the unit tests; this one runs with `npm run prove`.
const SKIPPED =
  WITHOUT_SMOLLM2 ?? (process.env.P2PAI_PROVE === '1' ? undefined : 'a real liar is proven by npm run prove')
if (SKIPPED !== undefined) console.warn(`skipped: ${SKIPPED}`)

test.skipIf(SKIPPED)(
  'case 26: a peer that answers with another model than it claims is found; honest ones with other threads and batches are not accused',
  { timeout: 600_000 },
  async () => {
    const engine = async (threads: number, slots: number) =>
      await llamaEngine({ modelFile: SMOLLM2, contextSizeTokens: 1024, slots, threads })
    const engines = [await engine(1, 1), await engine(2, 2)] as const
    const one = await testNode({ engines: [engines[0]] })
    const two = await testNode({ engines: [engines[1]], bootstrap: [addressOf(one)] })
    const tiny = await llamaEngine({ modelFile: BUILT_IN, contextSizeTokens: 512, slots: 1, threads: 1 })
    const liar = await testNode({ engines: [claiming(tiny, engines[0])], bootstrap: [addressOf(one)] })
    const asker = await testNode({ bootstrap: [addressOf(one)] })
    await until('all are known', () => providersOf(asker) === 3)
    const auditsOf = (node: P2paiNode) => asker.peer(node.peerId).standing.audits
    const isFound = () => auditsOf(liar).failed === 1
    let jobs = 0
    while (!isFound() && jobs < 40) {
      await ask(asker, addressOf(liar), QUESTIONS[jobs % QUESTIONS.length]!, true)
      if (jobs < 6) await ask(asker, addressOf(jobs % 2 === 0 ? one : two), QUESTIONS[jobs % QUESTIONS.length]!, true)
      jobs++
    }
    // The last check may be under way still.
    if (!isFound()) await until('the liar is found', isFound, 60_000)
    expect(auditsOf(one).failed + auditsOf(two).failed).toBe(0)
    const detail = asker.peer(liar.peerId)
    expect(detail.standing.pauseMs).toBeGreaterThan(11 * 3_600_000)
    const said = Object.fromEntries(factsOf(detail))
    expect(said['left out']).toMatch(/^for 11 h 59 min more: audits found that it lies$/)
    expect(said.audits).toMatch(/1 failed, .* found to lie/)
    console.log(`found after ${jobs} jobs; audits: ${JSON.stringify([one, two, liar].map(auditsOf))}`)
  }
)

test('peers show says why a peer ranks where it does', async () => {
  const one = await testNode({ engines: [scriptedEngine({ tokenMs: 2 })], label: 'attic' })
  const two = await testNode({ engines: [scriptedEngine()], bootstrap: [addressOf(one)] })
  const asker = await testNode({ bootstrap: [addressOf(one)] })
  await until('both are known', () => providersOf(asker) === 2)
  const before = Object.fromEntries(factsOf(asker.peer(two.peerId)))
  expect(before.promised).toMatch(/never asked/)
  expect(before['keeps its word']).toMatch(/not known/)
  expect(before.rank).toMatch(/^[12] of 2 by time for scripted:test: first token in about/)
  await ask(asker, addressOf(one), 'Hello?', false)
  const after = asker.peer('attic')
  expect(after.peerId).toBe(one.peerId)
  expect(after.standing.jobs).toBe(1)
  expect(after.standing.observed?.tokensPerSecond).toBeGreaterThan(0)
  const words = Object.fromEntries(factsOf(after))
  expect(words['work for us']).toBe('1 answer, no recent failure')
  expect(words.observed).toMatch(/^first token after .*, \d+ tokens\/s$/)
  expect(words.audits).toBe('none')
  // The list says it in short, and so does its JSON.
  const listed = asker.peers().find(({ peerId }) => peerId === one.peerId)!
  expect(JSON.parse(JSON.stringify(listed)).rank).toMatchObject({ jobs: 1, pauseMs: 0, offer: { providers: 2 } })
  expect(peerRow(listed).at(-2)).toMatch(/^[12] of 2$/)
  expect(peerRow(listed).at(-1)).toMatch(/^first token in about .*; its times are multiplied by /)
  expect(words.network).toBe('shared with 1 other provider, and the attempts with them')
  expect(() => asker.peer('nobody')).toThrow(/no peer "nobody" is known/)
})
