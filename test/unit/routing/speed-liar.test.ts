import { describe, expect, it } from 'vitest'
import { type Quote, type QuoteRequest, quoteOf, RefusedError, textMessage } from '../../../src/interface/index.ts'
import { Experience, NetworkEngine, Suspects } from '../../../src/routing/index.ts'
import { collect, type ScriptedEngine, scriptedEngine } from '../../../src/testing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, localModel, modelOf } from './fixtures.ts'

const TOKEN_MS = 12
const HONEST_PER_SECOND = 1_000 / TOKEN_MS
const tokens = Array.from({ length: 32 }, (_, index) => ` word${index}`)

/** Two honest peers and one that claims a multiple of their speed; all three are equally fast. */
function network(hasQuotes: boolean, lie: number) {
  const { directory } = clockedDirectory()
  const experience = new Experience()
  const engines = new Map<string, ScriptedEngine>()
  const claims = (peerId: string) => (peerId === 'liar' ? lie : 1) * HONEST_PER_SECOND
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
  it.concurrent.each([
    ['quotes', 10, true],
    ['adverts alone', 10, false],
    ['quotes', 3, true],
    ['adverts alone', 3, false],
    ['quotes', 2, true],
    ['adverts alone', 2, false]
  ])('is ranked behind honest peers after 5 jobs, with %s, claiming %i times its speed', async (_, lie, hasQuotes) => {
    const { ask, experience } = network(hasQuotes, lie)
    const first: string[] = []
    for (let job = 0; job < 5; job++) first.push(await ask(`question ${job}`))
    expect(first).toEqual(Array(5).fill('liar'))
    expect(experience.trustOf('liar')).toBeGreaterThan(lie)
    const later: string[] = []
    for (let job = 5; job < 10; job++) later.push(await ask(`question ${job}`))
    expect(later).not.toContain('liar')
    expect(experience.speedOf('liar')?.tokensPerSecond).toBeLessThan(1.5 * HONEST_PER_SECOND)
  })
})

describe('an honest peer', () => {
  /** Answers of ten seconds, some late and some early. */
  const trustAfter = (...ratios: number[]) => {
    const experience = new Experience()
    for (const ratio of ratios) {
      const kept = { promisedMs: 10_000, observedMs: ratio * 10_000 }
      experience.observe('honest', kept, { ...kept, networkMs: 0 })
    }
    return experience.trustOf('honest')
  }

  it('is taken at the mean of what it did, though two of five answers were very late', () => {
    expect(trustAfter(1, 2.5, 1.2, 2.5, 0.9)).toBeLessThan(1.6)
    expect(trustAfter(1.4, 1.4, 1.4, 1.4, 1.4)).toBeLessThan(1.4)
  })

  it('is no liar because the network takes longer than the answer', () => {
    const experience = new Experience()
    for (let answer = 0; answer < 5; answer++) experience.observe('honest', { promisedMs: 20, observedMs: 1_200 })
    const before = experience.trustOf('honest')
    experience.observe('honest', { promisedMs: 20, observedMs: 20 })
    expect(experience.trustOf('honest')).toBeLessThan(before)
  })
})
