import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createNode, type P2paiNode } from '../../src/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { seededRandom } from './support/random.ts'
import { LOOPBACK } from './support/raw-peer.ts'
import { storyFor } from './support/story.ts'
import { until } from './support/until.ts'

expectNoEscapedErrors()

const PROVE = process.env.P2PAI_PROVE === '1'
/** `npm run prove` soaks for half an hour; `P2PAI_SOAK_MINUTES` for as long as it says. */
const MINUTES = Number(process.env.P2PAI_SOAK_MINUTES ?? (PROVE ? 30 : 0.4))
/** What is young is let alone: caches fill, code is compiled. */
const SETTLE_SHARE = MINUTES >= 5 ? 1 / 3 : 0.5
const SAMPLES = 24
/** Bounds of a long run: case 60 of the threat model. A short one is too noisy for a slope. */
const MAX_MIB_PER_MINUTE = 1
const MAX_LOOP_MS = 50
/** Nodes that start and stop hold some for a while. */
const SLACK = 25

interface Sample {
  minutes: number
  heapMib: number
  rssMib: number
  files: number
  timers: number
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function sampleAt(minutes: number): Sample {
  collectGarbage()
  const { heapUsed, external, rss } = process.memoryUsage()
  return {
    minutes,
    heapMib: (heapUsed + external) / 2 ** 20,
    rssMib: rss / 2 ** 20,
    files: readdirSync('/proc/self/fd').length,
    timers: process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
  }
}

/** Least squares: how much a value grows a minute. */
function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (of: (sample: Sample) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length
  const [x, y] = [mean(one => one.minutes), mean(value)]
  const covariance = mean(one => (one.minutes - x) * (value(one) - y))
  return covariance / mean(one => (one.minutes - x) ** 2)
}

test('case 60: a node that asks for long while providers come and go grows in nothing', {
  timeout: MINUTES * 60_000 + 60_000
}, async ({ skip }) => {
  if (process.platform !== 'linux') skip('open files are counted in /proc')
  const random = seededRandom('soak')
  const quiet = { listen: [LOOPBACK], mdns: false }
  await using asker = await createNode(quiet)
  const bootstrap = [asker.status().addresses[0]!]
  const provider = async () =>
    await createNode({ ...quiet, bootstrap, engines: [scriptedEngine({ answer: storyFor, slots: 4, tokenMs: 2 })] })
  const living: P2paiNode[] = [await provider(), await provider(), await provider()]
  await until(() => asker.status().providers === living.length, 20_000, 'all providers')
  const startedAtMs = performance.now()
  const minutes = () => (performance.now() - startedAtMs) / 60_000
  const samples: Sample[] = []
  const delay = monitorEventLoopDelay({ resolution: 5 })
  let answers = 0
  let churned = 0
  const asking = [0, 1].map(async lane => {
    for (let turn = 0; minutes() < MINUTES; turn++) {
      const question = `question ${turn} of lane ${lane}, run ${random.seed}`
      expect(await asker.ask(question, { model: 'scripted:test' }).text()).toBe(storyFor(question))
      answers++
      await new Promise(resolve => setTimeout(resolve, 20 + random.below(100)))
    }
  })
  const churning = (async () => {
    while (minutes() < MINUTES) {
      await new Promise(resolve => setTimeout(resolve, 2_000 + random.below(4_000)))
      const [leaving] = living.splice(random.below(living.length), 1)
      living.push(await provider())
      await leaving!.stop(500)
      churned++
    }
  })()
  for (let index = 1; index <= SAMPLES; index++) {
    const atMs = startedAtMs + MINUTES * 60_000 * (SETTLE_SHARE + ((1 - SETTLE_SHARE) * index) / SAMPLES)
    delay.enable()
    await new Promise(resolve => setTimeout(resolve, Math.max(0, atMs - performance.now())))
    // The collection of garbage stops the loop by itself.
    delay.disable()
    samples.push(sampleAt(minutes()))
  }
  await Promise.all([...asking, churning])
  await Promise.all(living.map(async node => await node.stop(0)))
  const [first, last] = [samples[0]!, samples.at(-1)!]
  const loopMs = delay.percentile(99) / 1e6
  const growth = { heap: slope(samples, one => one.heapMib), rss: slope(samples, one => one.rssMib) }
  console.log(
    `case 60: ${minutes().toFixed(1)} min, ${answers} answers, ${churned} providers replaced; heap ${last.heapMib.toFixed(0)} MiB, ` +
      `${growth.heap.toFixed(2)} MiB/min; RSS ${last.rssMib.toFixed(0)} MiB, ${growth.rss.toFixed(2)} MiB/min; ` +
      `files ${first.files} to ${last.files}, timers ${first.timers} to ${last.timers}; event loop p99 ${loopMs.toFixed(1)} ms`
  )
  expect(answers).toBeGreaterThan(10)
  expect(churned).toBeGreaterThan(1)
  expect(last.files).toBeLessThan(first.files + SLACK)
  expect(last.timers).toBeLessThan(first.timers + SLACK)
  if (MINUTES < 5) return
  expect(growth.heap).toBeLessThan(MAX_MIB_PER_MINUTE)
  if (PROVE) expect(loopMs).toBeLessThan(MAX_LOOP_MS)
})
