import { describe, expect, it } from 'vitest'
import { type Quote, type QuoteRequest, quoteOf, RefusedError, textMessage } from '../../../src/interface/index.ts'
import { Experience, NetworkEngine, Suspects } from '../../../src/routing/index.ts'
import { collect, type ScriptedEngine, scriptedEngine } from '../../../src/testing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, localModel, modelOf } from './fixtures.ts'

const TOKEN_MS = 12
const HONEST_PER_SECOND = 1_000 / TOKEN_MS
const tokens = Array.from({ length: 32 }, (_, index) => ` word${index}`)

/** Two honest peers and one that claims ten times their speed; all three are equally fast. */
function network(hasQuotes: boolean) {
  const { directory } = clockedDirectory()
  const experience = new Experience()
  const engines = new Map<string, ScriptedEngine>()
  const claims = (peerId: string) => (peerId === 'liar' ? 10 : 1) * HONEST_PER_SECOND
  for (const peerId of ['liar', 'one', 'two']) {
    engines.set(peerId, scriptedEngine({ tokens, tokenMs: TOKEN_MS }))
    const models = [modelOf({ decodeTokensPerSecond: claims(peerId), prefillTokensPerSecond: 1_000 })]
    directory.offer(advertOf(peerId, { models }), { origin: 'direct', envelope: ENVELOPE })
  }
  const quote = async (peerId: string, request: QuoteRequest): Promise<Quote> =>
    quoteOf(request, {
      model: localModel({
        contextSizeTokens: 4096,
        decodeTokensPerSecond: claims(peerId),
        prefillTokensPerSecond: 1_000
      })
    })
  const engine = new NetworkEngine({
    selfId: 'self',
    local: {
      kind: 'none',
      models: async () => [],
      status: () => [],
      generate: () => none(),
      close: async () => undefined
    },
    directory,
    suspects: new Suspects(),
    experience,
    // A condition on time that every one of them says it meets.
    remote: (peerId, { acceptIf: _met, ...request }, signal) =>
      engines.get(peerId)!.generate({ ...request, model: 'auto' }, { signal }),
    remoteEmbed: { embed: refuse, rerank: refuse },
    ...(hasQuotes && { quote }),
    sources: [],
    onSourceError: () => undefined
  })
  const ask = async (question: string): Promise<string> => {
    const { accepted } = await collect(engine, { model: 'auto', messages: [textMessage('user', question)] })
    return accepted.provider!.peerId
  }
  return { ask, experience }
}

async function refuse(): Promise<never> {
  throw new RefusedError('nobody does that here')
}

// biome-ignore lint/correctness/useYield: there is no model on this machine
async function* none(): AsyncGenerator<never> {
  throw new RefusedError('there is no model here')
}

describe('a liar about its speed', () => {
  it.each([
    ['quotes', true],
    ['adverts alone', false]
  ])('is ranked behind honest peers after 5 jobs, with %s', async (_, hasQuotes) => {
    const { ask, experience } = network(hasQuotes)
    const first: string[] = []
    for (let job = 0; job < 5; job++) first.push(await ask(`question ${job}`))
    expect(first).toEqual(Array(5).fill('liar'))
    expect(experience.trustOf('liar')).toBeGreaterThan(10)
    const later: string[] = []
    for (let job = 5; job < 10; job++) later.push(await ask(`question ${job}`))
    expect(later).not.toContain('liar')
    expect(experience.trustOf('one')).toBeLessThan(3)
    expect(experience.speedOf('liar')?.tokensPerSecond).toBeLessThan(1.5 * HONEST_PER_SECOND)
  })
})
