import { expect, test } from 'vitest'
import { isProbeOver, workedMs } from '../../../src/inference/llama/probe-file.ts'

const LIMIT_MS = 30_000

test.each([
  { id: 'had its time', tookMs: 31_000, workedMs: 30_500, isOver: true },
  { id: 'waits for a processor', tookMs: 31_000, workedMs: 2_000, isOver: false },
  { id: 'works on many processors', tookMs: 8_000, workedMs: 60_000, isOver: false },
  { id: 'hangs without work', tookMs: 121_000, workedMs: 100, isOver: true },
  { id: 'works where that is not to be known', tookMs: 31_000, workedMs: Number.POSITIVE_INFINITY, isOver: true }
])('a file whose process $id is given up: $isOver', ({ tookMs, workedMs, isOver }) => {
  expect(isProbeOver({ tookMs, workedMs, limitMs: LIMIT_MS })).toBe(isOver)
})

test.runIf(process.platform === 'linux')('the work of a process is what the system counts of it', () => {
  const usedMs = () => (process.cpuUsage().user + process.cpuUsage().system) / 1_000
  const before = usedMs()
  const seenMs = workedMs(process.pid)
  // The system counts in steps of 10 ms.
  expect(seenMs).toBeGreaterThan(before - 50)
  expect(seenMs).toBeLessThan(usedMs() + 50)
  expect(workedMs(2 ** 30)).toBe(0)
})
