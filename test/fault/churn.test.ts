import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type EngineEvent, type P2paiError, type P2paiNode, textMessage } from '../../src/index.ts'
import { buildOnce } from '../e2e/build.ts'
import { addressOf, providersOf, testNode, until } from '../integration/support/nodes.ts'
import { type Random, seededRandom } from './support/random.ts'
import { storyFor } from './support/story.ts'

buildOnce()

const PROVE = process.env.P2PAI_PROVE === '1'
/** `npm run prove`: 20 nodes, 30 % of the providers killed and replaced every minute, ten minutes. Tests: all of it faster. */
const PROVIDERS = PROVE ? 14 : 5
const ASKERS = PROVE ? 6 : 2
const DURATION_MS = PROVE ? 600_000 : 12_000
const KILLS = PROVE ? Math.round((0.3 * PROVIDERS * DURATION_MS) / 60_000) : 6
const PROGRAM = join(import.meta.dirname, 'support/scripted-provider.ts')

interface Provider {
  child: ChildProcess
  peerId: string
}

/** One question and all that came of it. */
interface History {
  question: string
  events: EngineEvent[]
  error: P2paiError | undefined
}

async function startProvider(bootstrap: string): Promise<Provider> {
  const child = fork(PROGRAM, [bootstrap], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ peerId }] = (await once(child, 'message')) as [{ peerId: string }]
  return { child, peerId }
}

async function ask(node: P2paiNode, question: string): Promise<History> {
  const history: History = { question, events: [], error: undefined }
  try {
    const request = { model: 'scripted:test', messages: [textMessage('user', question)] }
    for await (const event of node.engine.generate(request)) history.events.push(event)
  } catch (error) {
    history.error = error as P2paiError
  }
  return history
}

/** What must hold of every question, whatever happened to its providers. */
function check({ question, events, error }: History): void {
  const story = storyFor(question)
  const text = events.map(event => (event.type === 'delta' ? event.text : '')).join('')
  const ends = events.filter(event => event.type === 'end')
  // One terminal event: an end or an error, never both, never none.
  expect(ends.length + (error === undefined ? 0 : 1), question).toBe(1)
  expect(story.startsWith(text), `${question}: ${text}`).toBe(true)
  if (ends.length === 1) {
    expect(text, question).toBe(story)
    expect(events.at(-1)).toBe(ends[0])
    expect(ends[0]).toMatchObject({ usage: { completionTokens: story.split(' ').length } })
  }
}

describe('churn', () => {
  test('every answer is whole while providers die and others come', { timeout: DURATION_MS + 120_000 }, async () => {
    const random: Random = seededRandom('churn')
    const middle = await testNode()
    const askers = await Promise.all(Array.from({ length: ASKERS }, () => testNode({ bootstrap: [addressOf(middle)] })))
    const living: Provider[] = []
    for (let count = 0; count < PROVIDERS; count++) living.push(await startProvider(addressOf(middle)))
    for (const asker of askers) {
      await until('all providers are known', () => providersOf(asker) >= PROVIDERS, 60_000)
    }
    const endAtMs = performance.now() + DURATION_MS
    const histories: History[] = []
    const asking = askers.flatMap((asker, place) =>
      [0, 1].map(async lane => {
        for (let turn = 0; performance.now() < endAtMs; turn++) {
          histories.push(await ask(asker, `question ${turn} of asker ${place}, lane ${lane}, run ${random.seed}`))
        }
      })
    )
    const times = Array.from({ length: KILLS }, () => random.next() * DURATION_MS * 0.9).sort((a, b) => a - b)
    const startedAtMs = endAtMs - DURATION_MS
    for (const atMs of times) {
      await new Promise(resolve => setTimeout(resolve, Math.max(0, startedAtMs + atMs - performance.now())))
      const [dying] = living.splice(random.below(living.length), 1)
      dying!.child.kill('SIGKILL')
      living.push(await startProvider(addressOf(middle)))
    }
    await Promise.all(asking)
    for (const history of histories) check(history)
    const resumed = histories.filter(({ events }) => events.filter(({ type }) => type === 'accepted').length > 1).length
    const failed = histories.filter(({ error }) => error !== undefined)
    console.log(
      `${KILLS} kills, ${histories.length} questions, ${resumed} went on elsewhere, ${failed.length} failed: ${failed.map(({ error }) => error?.message).join('; ')}`
    )
    expect(histories.length).toBeGreaterThan(10)
    expect(failed).toEqual([])
    // No slot is held by a question that is over.
    for (const { child } of living) {
      await until('all slots are free', async () => {
        const answer = once(child, 'message')
        child.send('how do you stand?')
        return ((await answer) as [{ busy: number }])[0].busy === 0
      })
    }
  })
})
