import { expect, it } from 'vitest'
import { relayLimitReached } from '../../../src/node/relay-limit.ts'

/** What is said of a connection that was lost at this age, with so much left of what its relay allows. */
function said(ageS: number, limits: { bytes?: bigint; seconds?: number } | undefined): string {
  const connection = { timeline: { open: Date.now() - 1_000 * ageS }, ...(limits && { limits }) }
  return relayLimitReached(connection as Parameters<typeof relayLimitReached>[0]) ?? ''
}

it.each([
  ['a direct connection', 60, undefined, ''],
  ['much of both left', 60, { bytes: 100_000n, seconds: 60 }, ''],
  ['no more data', 60, { bytes: 0n, seconds: 60 }, 'data'],
  ['less data than a piece may have', 60, { bytes: 60_000n, seconds: 60 }, 'data'],
  ['no more time', 120, { bytes: 100_000n, seconds: 0 }, 'time'],
  ['no more time, the clock of the relay ahead', 119.5, { seconds: 0.5 }, 'time'],
  ['no more time, told in milliseconds', 120, { seconds: 120_000 - 120 }, 'time'],
  ['time left, told in milliseconds', 60, { seconds: 120_000 - 60 }, ''],
  ['a relay without limits of its own', 3_600, {}, '']
] as const)('case 31: the relay limit is named where it was reached: %s', (_, ageS, limits, what) => {
  expect(said(ageS, limits)).toMatch(what === '' ? /^$/ : new RegExp(`relay limit.*${what}`))
})
