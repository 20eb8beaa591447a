import { describe, expect, it } from 'vitest'
import { messageText, textMessage } from '../../../src/interface/index.ts'
import { canaryPrompt } from '../../../src/routing/audit/canary-prompts.ts'
import { verdictOf } from '../../../src/routing/audit/verdict.ts'
import { Reputation, Suspects } from '../../../src/routing/index.ts'
import { scriptedEngine } from '../../../src/testing/index.ts'
import { auditBench, seeded } from './audit-bench.ts'
import { FakeClock } from './fixtures.ts'

const LIE = { text: 'I am a much smaller model that says something else than what you have paid for, again and again.' }

/** All answers are checked. */
class Watchful extends Reputation {
  override auditRate(): number {
    return 1
  }
}

/** An honest backend whose logits are off by noise: near ties fall the other way, and nothing else does. */
function noisy(random: () => number, deviation = 0.3): (exact: readonly number[]) => number[] {
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return exact =>
    exact.map(margin => {
      // How far the likeliest token is ahead of the next: half a unit in the mean is a model that is often undecided.
      const lead = -0.5 * Math.log(1 - random())
      return margin > 0 || deviation * Math.SQRT2 * normal() < lead ? margin : lead
    })
}

describe('what margins say', () => {
  it('takes an exact answer and near ties for honest, other words for a lie, and little for nothing', () => {
    expect(verdictOf(new Float32Array(40))).toBe('passed')
    expect(verdictOf([0, 0, 0, 0, 0, 0, 0, 0, 0, 0.8])).toBe('passed')
    expect(verdictOf(Array(10).fill(1))).toBe('failed')
    expect(verdictOf(Array(10).fill(0.25))).toBe('unclear')
    expect(verdictOf(Array(7).fill(9))).toBe('unclear')
  })

  it('lets no single token decide, however unlikely it is', () => {
    expect(verdictOf([...Array(39).fill(0), 100])).toBe('passed')
  })
})

describe('audits of answers', () => {
  it('accuse no honest peer of another backend in 1,000', async () => {
    const random = seeded(2026)
    const margins = noisy(random)
    const bench = auditBench({ honest: {}, one: { margins }, two: { margins } }, { reputation: new Watchful() })
    for (let audit = 0; audit < 1_000; audit++) await bench.job('honest', true)
    expect(bench.audits.length).toBe(1_000)
    expect(bench.audits.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    for (const peerId of ['honest', 'one', 'two']) expect(bench.reputation.of(peerId)?.breaches ?? 0).toBe(0)
    // The noise was there: a bound with nothing near it would prove nothing.
    const seen = margins(Array(10_000).fill(0))
    expect(seen.filter(margin => margin > 0).length).toBeGreaterThan(1_000)
  })

  it('case 26: find a liar about its model within 40 jobs, in all of 200 tries', async () => {
    const jobs: number[] = []
    for (let seed = 1; seed <= 200; seed++) {
      const bench = auditBench({ liar: LIE, one: {}, two: {} }, { seed, mode: 'consented' })
      let count = 0
      while (bench.reputation.of('liar')?.breaches !== 1 && count < 60) {
        await bench.job('liar', true)
        count++
      }
      jobs.push(count)
      expect(bench.suspects.has('liar')).toBe(true)
      expect(bench.suspects.has('one') || bench.suspects.has('two')).toBe(false)
    }
    expect(Math.max(...jobs)).toBeLessThanOrEqual(40)
    expect(jobs.toSorted((a, b) => a - b)[100]).toBeLessThanOrEqual(8)
  })

  it('are rare once a key has 40 jobs, and frequent again after a doubt', () => {
    const reputation = new Reputation()
    for (let job = 0; job <= 40; job++) {
      expect(reputation.auditRate('peer')).toBe(0.2)
      reputation.attempt('peer', 'ok')
    }
    expect(reputation.auditRate('peer')).toBe(0.02)
    reputation.audited('peer', 'unclear')
    expect(reputation.auditRate('peer')).toBe(0.2)
  })

  it('strike the auditor that lies, and not the one it accuses', async () => {
    const slander = (exact: readonly number[]) => exact.map(() => 9)
    const bench = auditBench(
      { honest: {}, slanderer: { margins: slander }, one: {}, two: {}, three: {} },
      { reputation: new Watchful() }
    )
    for (let job = 0; job < 40 && !bench.suspects.has('slanderer'); job++) await bench.job('honest', true)
    expect(bench.suspects.has('slanderer')).toBe(true)
    expect(bench.reputation.of('slanderer')?.breaches).toBe(1)
    expect(bench.reputation.of('honest')?.breaches).toBe(0)
    expect(bench.suspects.has('honest')).toBe(false)
  })

  it('convict nobody on one word against another', async () => {
    const bench = auditBench({ accused: LIE, only: {} }, { reputation: new Watchful() })
    await bench.job('accused', true)
    expect(bench.audits).toEqual([{ peerId: 'accused', outcome: 'unclear' }])
    expect(bench.suspects.has('accused')).toBe(false)
  })

  it("ask this machine's own model first, and show nobody the text then", async () => {
    const local = scriptedEngine({ name: 'the:model', digest: 'cd'.repeat(32), features: { score: true } })
    const bench = auditBench({ liar: LIE, other: {} }, { reputation: new Watchful(), local })
    await bench.job('liar', true)
    expect(local.embedCalls.length).toBe(1)
    expect(bench.engines.other!.embedCalls.length).toBe(0)
    expect(bench.suspects.has('liar')).toBe(true)
  })

  it('are not made of answers that nobody could judge', async () => {
    const bench = auditBench({ peer: {}, one: {} }, { reputation: new Watchful() })
    await bench.job('peer', true, { sampling: { temperature: 0.7 } })
    await bench.job('peer', true, { sampling: {} })
    await bench.job('peer', true, { sampling: { temperature: 0, repeatPenalty: 1.2 } })
    await bench.job('peer', true, { stop: ['otters'] })
    await bench.job('peer', true, { responseFormat: { type: 'json' } })
    await bench.job('peer', true, { maxTokens: 3 })
    expect(bench.engines.one!.embedCalls.length).toBe(0)
    await bench.job('peer', true)
    expect(bench.engines.one!.embedCalls.length).toBe(1)
  })
})

describe('consent', () => {
  it('is needed: without it no second provider ever sees a prompt of the user, in 500 requests', async () => {
    const bench = auditBench({ peer: {}, one: {}, two: {} }, { reputation: new Watchful() })
    for (let request = 0; request < 500; request++) await bench.job('peer', false)
    const scored = [...bench.engines.one!.embedCalls, ...bench.engines.two!.embedCalls]
    expect(scored.length).toBeGreaterThan(0)
    expect(JSON.stringify(scored.map(({ request }) => request))).not.toContain('secret')
    for (const name of ['one', 'two']) expect(bench.engines[name]!.calls.length).toBe(0)
    // At most one made up for fifty of the user's.
    expect(bench.engines.peer!.calls.length).toBeLessThanOrEqual(510)
  })

  it('does not matter where audits are off, or where the line costs money', async () => {
    for (const options of [{ mode: 'off' as const }, { isMetered: () => true }]) {
      const bench = auditBench({ peer: {}, one: {} }, { reputation: new Watchful(), ...options })
      for (let request = 0; request < 120; request++) await bench.job('peer', true)
      expect(bench.engines.peer!.calls.length).toBe(120)
      expect(bench.engines.one!.embedCalls.length).toBe(0)
    }
  })

  it('reaches nobody whom the asker denied', async () => {
    const bench = auditBench({ peer: {}, one: {} }, { reputation: new Watchful() })
    const { info } = bench.engines.peer!
    const answer = { text: 'A text that is long enough to be looked at', tokenIds: [], digest: info.digest }
    const request = {
      model: info.digest,
      messages: bench.engines.peer!.calls[0]?.request.messages ?? [{ role: 'user' as const, parts: [] }],
      sampling: { temperature: 0 }
    }
    bench.auditor.answered({ request, peerId: 'peer', digest: info.digest, answer, hasConsent: true, deny: ['one'] })
    await bench.auditor.idle()
    expect(bench.engines.one!.embedCalls.length).toBe(0)
  })
})

describe('canaries', () => {
  it('find a liar about its model when nobody consents', async () => {
    const bench = auditBench({ liar: LIE, one: {}, two: {} })
    for (let job = 0; job < 50; job++) await bench.job('liar', false)
    expect(bench.suspects.has('liar')).toBe(true)
    const [asked] = bench.engines.liar!.calls.filter(
      ({ request }) => !messageText(request.messages[0]!).includes('secret')
    )
    expect(asked?.request.sampling).toEqual({ temperature: 0 })
  })

  it('look like the requests of the user: the name, the limits and the kind of condition are theirs', async () => {
    const bench = auditBench({ peer: {}, one: {} })
    const form = { model: 'the:model', maxTokens: 300, deadlineMs: 45_000, sessionId: 'chat-0a1b2c3d4e5f' }
    for (let job = 0; job < 50; job++) await bench.job('peer', false, form, { totalMs: 8_000, expectedTokens: 200 })
    const [canary] = bench.asked
    expect(Object.keys(canary!).sort()).toEqual([...Object.keys(form), 'acceptIf', 'messages', 'sampling'].sort())
    const { model, maxTokens, deadlineMs, sessionId, acceptIf } = canary!
    expect({ model, maxTokens, deadlineMs }).toEqual({ model: 'the:model', maxTokens: 300, deadlineMs: 45_000 })
    expect(sessionId).toMatch(/^[0-9a-f]h[0-9a-f]t-[0-9a-f]{12}$/)
    expect(sessionId).not.toBe(form.sessionId)
    expect(Object.keys(acceptIf!)).toEqual(['totalMs', 'expectedTokens'])
    expect(acceptIf!.totalMs! / 8_000).toBeGreaterThan(0.89)
    expect(acceptIf!.totalMs!).toBeLessThanOrEqual(8_000)
    expect(bench.audits).toEqual([{ peerId: 'peer', outcome: 'passed' }])
  })

  it('name nothing that the user does not name, and are judged all the same', async () => {
    const bench = auditBench({ peer: {}, one: {} })
    for (let job = 0; job < 50; job++) await bench.job('peer', false, { model: 'auto' })
    expect(Object.keys(bench.asked[0]!).sort()).toEqual(['messages', 'model', 'sampling'])
    expect(bench.asked[0]!.model).toBe('auto')
    expect(bench.audits).toEqual([{ peerId: 'peer', outcome: 'passed' }])
  })

  it('are not made like requests whose answers are too short to be checked', async () => {
    const bench = auditBench({ peer: {}, one: {} })
    for (let job = 0; job < 60; job++) await bench.job('peer', false, { maxTokens: 4 })
    expect(bench.asked).toEqual([])
    await bench.job('peer', false)
    expect(bench.asked).toHaveLength(1)
  })

  it.each([20, 60, 400, 1_800])(
    'are about as long as questions of %i characters, and nothing of those is in them',
    async length => {
      const bench = auditBench({ peer: {}, one: {} })
      const messages = [textMessage('user', 'secret '.repeat(length).slice(0, length))]
      for (let job = 0; job < 200; job++) await bench.job('peer', false, { messages })
      const texts = bench.asked.map(({ messages: [question] }) => messageText(question!))
      expect(texts).toHaveLength(4)
      expect(texts.join()).not.toContain('secret')
      for (const text of texts) expect(Math.abs(text.length - length)).toBeLessThanOrEqual(40)
    }
  )

  it('are hardly ever the same twice', () => {
    const random = seeded(7)
    const prompts = Array.from({ length: 1_000 }, (_, number) => canaryPrompt(random, 20 + (number % 400)))
    expect(new Set(prompts).size).toBeGreaterThan(900)
    for (const text of prompts) expect(text).not.toMatch(/TOPIC|OTHER|NAME|NUMBER/)
  })
})

describe('reputation', () => {
  it('leaves a liar out for twelve hours, takes it last for days, and a restart or an answer does not help it', () => {
    const clock = new FakeClock()
    const reputation = new Reputation(clock.now)
    const suspects = new Suspects(clock.now, reputation)
    reputation.breach('liar')
    suspects.strike('liar', { bootNonce: 1, models: [] })
    clock.ms = 60_000 + 11 * 3_600_000
    suspects.clear('liar')
    suspects.restarted('liar', 2)
    expect(suspects.has('liar')).toBe(true)
    expect(suspects.pauseMs('liar')).toBe(12 * 3_600_000 - clock.ms)
    clock.ms = 13 * 3_600_000
    expect(suspects.has('liar')).toBe(false)
    expect(suspects.isResting('liar')).toBe(true)
    clock.ms = 71 * 3_600_000
    expect(suspects.isResting('liar')).toBe(true)
    clock.ms = 73 * 3_600_000
    expect(suspects.isResting('liar')).toBe(false)
  })

  it('forgets half of the failures in ten minutes', () => {
    const clock = new FakeClock()
    const reputation = new Reputation(clock.now)
    for (let failure = 0; failure < 8; failure++) reputation.attempt('peer', 'provider_lost')
    expect(reputation.of('peer')?.failures).toBe(8)
    const worst = reputation.factorOf('peer')
    expect(worst).toBeGreaterThan(2)
    clock.ms = 10 * 60_000
    expect(reputation.of('peer')?.failures).toBe(4)
    clock.ms = 60 * 60_000
    expect(reputation.factorOf('peer')).toBeLessThan(1.1)
  })

  it('counts neither a busy peer nor a request that was wrong as a failure, and keeps 1,000 rows at most', () => {
    const reputation = new Reputation()
    reputation.attempt('peer', 'busy')
    reputation.attempt('peer', 'invalid_request')
    expect(reputation.of('peer')).toBeUndefined()
    reputation.attempt('first', 'ok')
    for (let other = 0; other < 1_000; other++) reputation.attempt(`peer ${other}`, 'ok')
    expect(reputation.of('first')).toBeUndefined()
  })
})
