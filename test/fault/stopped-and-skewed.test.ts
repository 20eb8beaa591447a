import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { textMessage } from '../../src/index.ts'
import { buildOnce } from '../e2e/build.ts'
import { addressOf, providersOf, testNode, until } from '../integration/support/nodes.ts'
import { storyFor } from './support/story.ts'
import { expectWithin } from './support/within.ts'

buildOnce()

const PROGRAM = join(import.meta.dirname, 'support/scripted-provider.ts')
/** `npm run prove` lets it sleep for a minute, as a laptop does. */
const ASLEEP_MS = process.env.P2PAI_PROVE === '1' ? 60_000 : 6_000
const TWO_HOURS_MS = 7_200_000

/** A clock that is set by a number of milliseconds, at the start and by messages. */
function clockOff(offsetMs: number): string[] {
  const code = `const now = Date.now.bind(Date)
    let offsetMs = ${offsetMs}
    Date.now = () => now() + offsetMs
    process.on('message', message => { if (message.offsetMs !== undefined) offsetMs = message.offsetMs })`
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`]
}

async function startProvider(
  bootstrap: string,
  execArgv: string[] = []
): Promise<{ child: ChildProcess; peerId: string }> {
  const child = fork(PROGRAM, [bootstrap], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ peerId }] = (await once(child, 'message')) as [{ peerId: string }]
  return { child, peerId }
}

describe('machines that sleep, and clocks that are wrong', () => {
  it('case 29: a provider that slept and woke answers again, each question once', {
    timeout: ASLEEP_MS + 100_000
  }, async () => {
    const asker = await testNode()
    const sleeper = await startProvider(addressOf(asker))
    await until('the provider is known', () => providersOf(asker) === 1)
    expect(await asker.ask('before').text()).toBe(storyFor('before'))
    sleeper.child.kill('SIGSTOP')
    const asleep = await asker
      .ask({ messages: [textMessage('user', 'while it sleeps')], deadlineMs: 4_000 })
      .text()
      .catch(error => (error as { code: string }).code)
    expect(['provider_silent', 'no_provider', 'provider_lost', 'deadline_exceeded', 'provider_unreachable']).toContain(
      asleep
    )
    await new Promise(resolve => setTimeout(resolve, ASLEEP_MS - 4_000))
    sleeper.child.kill('SIGCONT')
    const startedAtMs = performance.now()
    const route = { peer: sleeper.peerId }
    expect(await asker.ask('after', { route }).text()).toBe(storyFor('after'))
    const backMs = performance.now() - startedAtMs
    console.log(`case 29: answered ${backMs.toFixed(0)} ms after it woke`)
    expectWithin(backMs, 30_000)
    await until('its advert is known', () => providersOf(asker) === 1, 60_000)
    // What was asked while it slept was given up, and holds no slot.
    const answer = once(sleeper.child, 'message')
    sleeper.child.send('how do you stand?')
    const [{ busy, questions }] = (await answer) as [{ busy: number; questions: number }]
    expect(busy).toBe(0)
    // Before, after, and at most once the one that it slept over.
    expect([2, 3]).toContain(questions)
  })

  it.each([
    ['two hours ahead', TWO_HOURS_MS],
    ['two hours behind', -TWO_HOURS_MS],
    ['in 1970', -Date.now()]
  ])(
    'case 33: a provider whose clock is %s is found, answers, and goes on when the clock jumps',
    async (_, offsetMs) => {
      const asker = await testNode()
      const provider = await startProvider(addressOf(asker), clockOff(offsetMs))
      await until('the provider is known', () => providersOf(asker) === 1, 20_000)
      expect(await asker.ask('what time is it?').text()).toBe(storyFor('what time is it?'))
      const question = 'and now, a longer one?'
      let text = ''
      for await (const piece of asker.ask(question)) {
        // In the middle of the answer it is set right.
        if (text === '') provider.child.send({ offsetMs: 0 })
        text += piece
      }
      expect(text).toBe(storyFor(question))
    }
  )
})
