import type { LedgerAccount, Pool } from '../interface/index.ts'

/** Tokens that a key may take before it has given any; `routing.md` 3.6. */
export const NEW_KEY_CREDIT_TOKENS = 4_096
/** Tokens that a key must have given to have turns of its own: made-up keys would have them for one token else. */
export const STANDING_TOKENS = 4_096
/**
 * Of the slot-time while others wait, for keys that have had little yet: together, so that a thousand made-up ones have
 * no more than one, and enough that a newcomer is served while it earns a standing.
 */
export const NEWCOMERS_SHARE = 0.1
/** The same for keys that only take, or do not sign for what they got. A newcomer must have more than they have. */
export const STRANGERS_SHARE = 0.05
/** Tokens that are not signed for: so many, and this share of all. An answer that is left costs up to 128 and a prompt. */
const UNSIGNED_TOKENS = 1_024
const UNSIGNED_SHARE = 0.25
/** What a turn of the worst debtor with standing weighs: it waits long, and not for ever. */
const MIN_WEIGHT = 0.05

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
  if (!signs(exchange) || gaveTokens - tookTokens > creditOf(exchange)) return STRANGERS
  return tookTokens < STANDING_TOKENS ? NEWCOMERS : undefined
}

/** Whether a peer signs for what it gets, but for what is lost where answers are left. */
function signs({ gaveTokens, acknowledgedTokens }: Exchange): boolean {
  return gaveTokens - acknowledgedTokens <= UNSIGNED_TOKENS + UNSIGNED_SHARE * gaveTokens
}

/** Weight of a peer's turns, above 0 to 1: Bitswap's curve over what it got for each token that it gave. */
export function weightOf(exchange: Exchange | undefined): number {
  if (exchange === undefined) return 1
  const ratio = exchange.gaveTokens / (exchange.tookTokens + 1)
  return Math.max(MIN_WEIGHT, 1 - 1 / (1 + Math.exp(6 - 3 * ratio)))
}
