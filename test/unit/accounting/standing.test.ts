import { expect, it } from 'vitest'
import { creditOf, NEW_KEY_CREDIT_TOKENS, poolOf, weightOf } from '../../../src/accounting/standing.ts'

const exchange = (gaveTokens: number, tookTokens: number) => ({
  gaveTokens,
  acknowledgedTokens: gaveTokens,
  tookTokens
})

it.each([
  // Bitswap's curve: 1 - 1 / (1 + exp(6 - 3r)).
  [0, 1_000, 0.9975],
  [1_000, 999, 0.9526],
  [2_000, 999, 0.5],
  [3_000, 999, 0.05],
  [1_000_000, 999, 0.05]
])('a peer that took %i tokens and gave %i has weight %f', (gave, took, weight) => {
  expect(weightOf(exchange(gave, took))).toBeCloseTo(weight, 4)
})

it('a peer that was never met is a newcomer, until it has had what newcomers get', () => {
  expect(poolOf(undefined)?.name).toBe('newcomers')
  expect(poolOf(exchange(NEW_KEY_CREDIT_TOKENS, 0))?.name).toBe('newcomers')
  expect(poolOf(exchange(NEW_KEY_CREDIT_TOKENS + 1, 0))?.name).toBe('strangers')
})

it('a peer that gave has turns of its own, as far as its debt is within its credit', () => {
  expect(poolOf(exchange(0, 1))).toBeUndefined()
  expect(poolOf(exchange(10_000, 10_000))).toBeUndefined()
  expect(creditOf(exchange(50_000, 20_000))).toBe(NEW_KEY_CREDIT_TOKENS + 20_000)
  expect(poolOf(exchange(44_096, 20_000))).toBeUndefined()
  expect(poolOf(exchange(44_097, 20_000))?.name).toBe('strangers')
})
