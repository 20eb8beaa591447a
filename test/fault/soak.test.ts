import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test } from 'vitest'
import { createNode, type P2paiNode } from '../../src/index.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { seededRandom } from './support/random.ts'
import { LOOPBACK } from './support/raw-peer.ts'
import { storyFor } from './support/story.ts'
import { until } from './support/until.ts'
import { expectWithin } from './support/within.ts'

expectNoEscapedErrors()

const PROVE = process.env.P2PAI_PROVE === '1'
/** `npm run prove` soaks for half an hour; `P2PAI_SOAK_MINUTES` for as long as it says. */
const MINUTES = Number(process.env.P2PAI_SOAK_MINUTES ?? (PROVE ? 30 : 0.25))
/** What is young is let alone: caches fill, code is compiled. */
const SETTLE_SHARE = MINUTES >= 10 ? 5 / MINUTES : 0.4
const SAMPLES = 24
/** Bounds of a long run: case 60 of the threat model. */
const MAX_MIB_PER_MINUTE = 1
const MAX_LOOP_MS = 50
/** A short run is too noisy for a slope; a leak that it would show is larger than this. */
const MAX_SHORT_GROWTH_MIB = 25
/** Nodes that start and stop hold some for a while, more or fewer in one third of the run than in another. */
const SLACK = MINUTES >= 10 ? 10 : 25

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

/** The middle value of some samples. */
function median(samples: readonly Sample[], value: (sample: Sample) => number): number {
  return samples.map(value).sort((a, b) => a - b)[Math.floor(samples.length / 2)]!
}

test('case 60: a node that asks for long while providers come and go grows in nothing', {
  timeout: MINUTES * 60_000 + 60_000
}, async ({ skip }) => {
  if (process.platform !== 'linux') skip('open files are counted in /proc')
  const random = seededRandom('soak')
  const quiet = { listen: [LOOPBACK], mdns: false }
  // As a daemon has: without a home the ledger's 50,000 receipts fill memory, which is bounded, and takes two hours here.
  const home = mkdtempSync(join(tmpdir(), 'p2pai-soak-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  await using asker = await createNode({ ...quiet, home })
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
  const third = samples.length / 3
  const [first, last] = [samples.slice(0, third), samples.slice(-third)]
  const [files, timers, heapMib, rssMib] = (['files', 'timers', 'heapMib', 'rssMib'] as const).map(name =>
    [first, last].map(part => median(part, one => one[name]))
  ) as [number[], number[], number[], number[]]
  const loopMs = delay.percentile(99) / 1e6
  const growth = { heap: slope(samples, one => one.heapMib), rss: slope(samples, one => one.rssMib) }
  const shown = (values: readonly number[]) => values.map(value => value.toFixed(0)).join(' to ')
  console.log(
    `case 60: ${minutes().toFixed(1)} min, ${answers} answers, ${churned} providers replaced; ` +
      `heap ${shown(heapMib)} MiB, ${growth.heap.toFixed(2)} MiB/min; RSS ${shown(rssMib)} MiB, ${growth.rss.toFixed(2)} MiB/min; ` +
      `files ${shown(files)}, timers ${shown(timers)}; event loop p99 ${loopMs.toFixed(1)} ms`
  )
  expect(answers).toBeGreaterThan(10)
  expect(churned).toBeGreaterThan(0)
  for (const [before = 0, after = 0] of [files, timers]) expect(after).toBeLessThan(before + SLACK)
  expect(heapMib[1]! - heapMib[0]!).toBeLessThan(MAX_SHORT_GROWTH_MIB)
  // Beside other tests the loop waits for the processor, which says nothing of the node.
  if (PROVE) expectWithin(loopMs, MAX_LOOP_MS)
  if (MINUTES < 10) return
  expect(growth.heap).toBeLessThan(MAX_MIB_PER_MINUTE)
  expect(growth.rss).toBeLessThan(MAX_MIB_PER_MINUTE)
})
