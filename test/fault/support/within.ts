import { expect } from 'vitest'

/** How much longer a shared machine may take at a bad moment. A hang is found all the same. */
const ALLOWANCE = process.env.P2PAI_PROVE === '1' ? 1 : 10

/** The case's own limit under `npm run prove`, and ten times that in the tests, which run beside others. */
export function expectWithin(tookMs: number, limitMs: number): void {
  expect(tookMs, `milliseconds, of ${limitMs}`).toBeLessThan(limitMs * ALLOWANCE)
}
