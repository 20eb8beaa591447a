import { expect, test } from 'vitest'
import { PullBar, progressLine } from '../../../src/cli/commands/models-progress.ts'

function draw(isTTY: boolean) {
  let nowMs = 0
  let text = ''
  const bar = new PullBar({ isTTY, columns: 100, write: part => (text += part) }, () => nowMs)
  for (const doneBytes of [0, 10e6, 20e6, 30e6]) {
    bar.show({ phase: 'fetching', doneBytes, totalBytes: 100e6 })
    nowMs += 1000
  }
  bar.clear()
  return text
}

test('on a terminal the bar has rate and time left, and goes away at the end', () => {
  const text = draw(true)
  expect(text).toContain('fetching [#######-----------------] 30%  30 MB of 100 MB  10 MB/s  7.0 s left')
  expect(text.endsWith('\r\u001b[K')).toBe(true)
})

test('anywhere else nothing is drawn', () => {
  expect(draw(false)).toBe('')
})

test.each([20, 40, 80])('the line fits %i columns', columns => {
  const phases = ['waiting', 'fetching', 'checking'] as const
  for (const phase of phases) {
    const line = progressLine({ phase, doneBytes: 5e9, totalBytes: 9e12 }, 1e3, columns)
    expect(line.length).toBeLessThan(columns)
  }
})

test('a size that nobody knows is no reason for nonsense', () => {
  expect(progressLine({ phase: 'fetching', doneBytes: 0, totalBytes: 0 }, 0, 80)).toContain('  0%  0 B of 0 B')
})
