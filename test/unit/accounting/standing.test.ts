import { expect, it } from 'vitest'
import { creditOf, NEW_KEY_CREDIT_TOKENS, poolOf, STANDING_TOKENS, weightOf } from '../../../src/accounting/standing.ts'

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

it('one token given is no standing: a peer has turns of its own when it has given as much as a new key may take', () => {
  expect(poolOf(exchange(0, 1))?.name).toBe('newcomers')
  expect(poolOf(exchange(5_000, STANDING_TOKENS - 1))?.name).toBe('newcomers')
  expect(poolOf(exchange(0, STANDING_TOKENS))).toBeUndefined()
})

it('a peer that gave has turns of its own, as far as its debt is within its credit', () => {
  expect(poolOf(exchange(10_000, 10_000))).toBeUndefined()
  expect(creditOf(exchange(50_000, 20_000))).toBe(NEW_KEY_CREDIT_TOKENS + 20_000)
  expect(poolOf(exchange(44_096, 20_000))).toBeUndefined()
  expect(poolOf(exchange(44_097, 20_000))?.name).toBe('strangers')
})

it.each([
  ['a new key', 0],
  ['one that gave much', 100_000]
])('%s that does not sign for what it gets is a stranger after a few answers', (_, tookTokens) => {
  const unsigned = (gaveTokens: number) => poolOf({ gaveTokens, acknowledgedTokens: 0, tookTokens })?.name
  const before = poolOf(exchange(0, tookTokens))?.name
  expect(unsigned(1_365)).toBe(before)
  expect(unsigned(1_366)).toBe('strangers')
})

it('a peer that leaves every tenth answer in its middle still signs for what it gets', () => {
  // 100 answers of 400 tokens with their prompts, of every tenth 128 tokens and a prompt of 500 not signed for.
  expect(poolOf({ gaveTokens: 40_000, acknowledgedTokens: 40_000 - 10 * 628, tookTokens: 40_000 })).toBeUndefined()
})

it('those who only take have less than newcomers have, and both together less than a sixth', () => {
  const taker = poolOf(exchange(NEW_KEY_CREDIT_TOKENS + 1, 0))!
  const newcomer = poolOf(undefined)!
  expect(taker.share).toBeLessThan(newcomer.share)
  expect(taker.share + newcomer.share).toBeLessThan(1 / 6)
})
