import { expect, test } from 'vitest'
import { ClockWatch } from '../../../src/node/clock-watch.ts'

test('the offset is the median of what others say, less what their adverts may be old', () => {
  const watch = new ClockWatch(() => 1_000_000)
  expect(watch.offsetMs).toBeUndefined()
  // Signed up to a minute before: that says nothing.
  watch.heard('a', 950_000, 60_000)
  expect(watch.offsetMs).toBe(0)
  watch.heard('b', 1_010_000, 60_000)
  watch.heard('c', 1_012_000, 5_000)
  expect(watch.offsetMs).toBe(10_000)
  for (const peer of ['a', 'b', 'c']) watch.heard(peer, 1_000_000 - 7_200_000, 5_000)
  expect(watch.offsetMs).toBe(-7_195_000)
})

test('a flood of peers is bounded', () => {
  const watch = new ClockWatch(() => 0)
  for (let peer = 0; peer < 1_000; peer++) watch.heard(String(peer), peer < 900 ? 99_000 : 1_000, 0)
  expect(watch.offsetMs).toBe(1_000)
})
