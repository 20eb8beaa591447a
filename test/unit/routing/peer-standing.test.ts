import { describe, expect, it } from 'vitest'
import { leftOutWords } from '../../../src/cli/commands/peer-words.ts'
import { peerRow } from '../../../src/cli/commands/peers.ts'
import { Experience, Reputation, ranks, Suspects, standingOf } from '../../../src/routing/index.ts'
import { advertOf, clockedDirectory, ENVELOPE, modelOf } from './fixtures.ts'

const HOUR_MS = 3_600_000

/** Three providers of one model, and a clock that a test turns. */
function seen() {
  let nowMs = 0
  const now = () => nowMs
  const reputation = new Reputation(now)
  const suspects = new Suspects(now, reputation)
  const experience = new Experience({ now })
  const { directory } = clockedDirectory()
  for (const [peerId, decodeTokensPerSecond] of [
    ['fast', 90],
    ['middle', 60],
    ['slow', 30]
  ] as const) {
    const models = [modelOf({ decodeTokensPerSecond, prefillTokensPerSecond: 1_000 })]
    directory.offer(advertOf(peerId, { models }), { origin: 'direct', envelope: ENVELOPE })
  }
  const init = { directory, suspects, experience, reputation, policy: 'rec' }
  const pass = (ms: number) => {
    nowMs += ms
  }
  const row = (peerId: string) =>
    peerRow({ peerId, label: '', connected: true, addresses: [], agent: '', rank: ranks(init)(peerId) }).slice(-2)
  return { ...init, init, pass, row }
}

describe('a line of peers', () => {
  it('says where a peer ranks and what it is expected to do, and that nothing else is known', () => {
    const { row } = seen()
    expect(row('fast')).toEqual([
      '1 of 3',
      expect.stringMatching(/^first token in about .*, answer in .*; not known: ranked by what it says$/)
    ])
    expect(row('slow')[0]).toBe('3 of 3')
  })

  it('says that a peer has lost its place because it is slower than it says', () => {
    const { experience, row } = seen()
    for (let answer = 0; answer < 5; answer++) experience.observe('fast', { promisedMs: 5_000, observedMs: 20_000 })
    expect(row('fast')).toEqual(['3 of 3', expect.stringMatching(/; takes 4.8 times as long as it says; /)])
    expect(row('middle')[0]).toBe('1 of 3')
  })

  it('says that it failed, and that it is left out for it', () => {
    const { reputation, suspects, row } = seen()
    reputation.attempt('fast', 'provider_lost')
    suspects.strike('fast', undefined)
    expect(row('fast')[1]).toMatch(/^left out for .* more: it failed; .*; 1 recent failures/)
  })

  it('is empty for a peer that offers nothing', () => {
    expect(seen().row('unknown')).toEqual(['', ''])
  })
})

describe('why a peer is left out', () => {
  it('is that audits found it lying, while it is for that', () => {
    const { reputation, suspects, init, pass } = seen()
    reputation.breach('fast')
    suspects.strike('fast', undefined)
    expect(leftOutWords(standingOf('fast', init))).toBe('for 12 h 0 min more: audits found that it lies')
    pass(13 * HOUR_MS)
    expect(leftOutWords(standingOf('fast', init))).toBe('unless nobody else is left: audits found that it lies')
  })

  it('is that it failed, where that is why, though it was found lying before', () => {
    const { reputation, suspects, init, pass } = seen()
    reputation.breach('fast')
    pass(13 * HOUR_MS)
    suspects.strike('fast', undefined)
    expect(leftOutWords(standingOf('fast', init))).toMatch(/^for .* more: it failed$/)
    pass(100 * HOUR_MS)
    expect(leftOutWords(standingOf('fast', init))).toBeUndefined()
  })
})
