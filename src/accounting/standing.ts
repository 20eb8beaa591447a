import type { LedgerAccount } from '../interface/index.ts'

/** Tokens that a key may take before it has given any; `routing.md` 3.6. */
export const NEW_KEY_CREDIT_TOKENS = 4_096
/** Of the slot-time while others wait, for all keys without standing together; `routing.md` 3.6. */
export const STRANGERS_SHARE = 0.1
/** The same for keys that have had little yet, so that a newcomer can earn a standing. */
export const NEWCOMERS_SHARE = 0.05
/** What a turn of the worst debtor with standing weighs: it waits long, and not for ever. */
const MIN_WEIGHT = 0.05

/** Peers that share turns as if they were one. */
export interface Pool {
  name: string
  /** Of all work while others wait, above 0 and below 1. */
  share: number
}

const STRANGERS: Pool = { name: 'strangers', share: STRANGERS_SHARE }
const NEWCOMERS: Pool = { name: 'newcomers', share: NEWCOMERS_SHARE }

/** What a peer has given and taken, as far as turns depend on it. */
export type Exchange = Pick<LedgerAccount, 'gaveTokens' | 'acknowledgedTokens' | 'tookTokens'>

/**
 * How much a peer may be in debt before it counts as a stranger: a little for everybody, and as much again as the work
 * that was settled, which is what both sides have done for each other.
 */
export function creditOf({ gaveTokens, tookTokens }: Exchange): number {
  return NEW_KEY_CREDIT_TOKENS + Math.min(gaveTokens, tookTokens)
}

/** The pool in which a peer without standing waits; undefined for one with standing, which has turns of its own. */
export function poolOf(exchange: Exchange | undefined): Pool | undefined {
  if (exchange === undefined) return NEWCOMERS
  const { gaveTokens, tookTokens } = exchange
  const debt = gaveTokens - tookTokens
  if (tookTokens > 0 && debt <= creditOf(exchange)) return undefined
  return debt <= NEW_KEY_CREDIT_TOKENS && tookTokens === 0 ? NEWCOMERS : STRANGERS
}

/** Weight of a peer's turns, above 0 to 1: Bitswap's curve over what it got for each token that it gave. */
export function weightOf(exchange: Exchange | undefined): number {
  if (exchange === undefined) return 1
  const ratio = exchange.gaveTokens / (exchange.tookTokens + 1)
  return Math.max(MIN_WEIGHT, 1 - 1 / (1 + Math.exp(6 - 3 * ratio)))
}
