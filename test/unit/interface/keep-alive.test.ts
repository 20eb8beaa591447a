import { expect, test } from 'vitest'
import { parseKeepAlive } from '../../../src/interface/index.ts'

test.each<[string | number, number]>([
  ['10m', 600_000],
  ['300', 300_000],
  [300, 300_000],
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['250ms', 250],
  ['0', 0],
  [0, 0],
  ['0s', 0],
  ['-1', Number.POSITIVE_INFINITY],
  [-1, Number.POSITIVE_INFINITY],
  ['-1m', Number.POSITIVE_INFINITY],
  ['forever', Number.POSITIVE_INFINITY],
  ['9999h', Number.POSITIVE_INFINITY]
])('%j is %d ms', (text, expected) => {
  expect(parseKeepAlive(text)).toBe(expected)
})

test.each(['', 'soon', '5x', '5m!', 'm', '1h 30m', '5m5', 'NaN', '1e3', '--1'])('%j is no duration', text => {
  expect(() => parseKeepAlive(text)).toThrow(
    expect.objectContaining({ code: 'invalid_request', details: { field: 'keep_alive' } })
  )
})
