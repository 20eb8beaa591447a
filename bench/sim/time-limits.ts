import { DIAL_TIMEOUT_MS } from '../../src/node/dial.ts'
import { ACCEPT_TIMEOUT_MS, SILENCE_MS } from '../../src/protocols/stream-limits.ts'
import { ACCEPT_PATIENCE_MS, DIAL_ALLOWANCE_MS } from '../../src/routing/help.ts'
import { QUOTE_DEADLINE_MS } from '../../src/routing/index.ts'
import type { SimConfig } from './config.ts'

/** How long an asker waits for a provider until it leaves it. */
export interface TimeLimits {
  /** Until a dial has failed. */
  dialMs: number
  /** From a request without a condition to the first sign of life. `rttMs`: there and back. */
  firstSignMs: (rttMs: number) => number
  /** Between two signs of life. */
  silenceMs: number
  /** From a request on a condition to the answer. */
  conditionMs: (rttMs: number, isConnected: boolean) => number
}

/** What nodes have. The round trip to a peer without a connection is not known. */
export const SHIPPED_LIMITS: TimeLimits = {
  dialMs: DIAL_TIMEOUT_MS,
  firstSignMs: () => ACCEPT_TIMEOUT_MS,
  silenceMs: SILENCE_MS,
  conditionMs: (rttMs, isConnected) => ACCEPT_PATIENCE_MS + (isConnected ? rttMs : DIAL_ALLOWANCE_MS)
}

/** `routing.md` 3.5. */
export const GUIDE_LIMITS: TimeLimits = {
  dialMs: 2_000,
  firstSignMs: rttMs => 3_000 + rttMs,
  silenceMs: 3_000,
  conditionMs: rttMs => QUOTE_DEADLINE_MS + rttMs
}

/** `routing.md` for the arm without failover: silence is the end of a request after 180 s. */
const BASE_LIMITS = { dialMs: 10_000, firstSignMs: () => 180_000, silenceMs: 180_000 }

/** The limits of a run. Only what ships can have those that ship. */
export function timeLimitsOf({ arm, timeLimits }: SimConfig, isShipped: boolean): TimeLimits {
  const limits = isShipped && timeLimits === 'shipped' ? SHIPPED_LIMITS : GUIDE_LIMITS
  return arm === 'base' ? { ...limits, ...BASE_LIMITS } : limits
}
