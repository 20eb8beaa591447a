import type { RouteOptions } from '../../interface/index.ts'

/** What a node promises to pay at most. */
export interface Spending {
  /** Micro-credits for 1,000 tokens. @default no cap */
  maxPricePerKiloToken?: number
  /** Micro-credits in one day (UTC). @default no bound */
  budgetPerDay?: number
}

/** The price that may be paid now. */
export interface PriceCap {
  /** Absent: any. */
  maxPricePerKiloToken?: number
  /** The budget of the day is spent: only what costs nothing may be asked for. */
  isSpent: boolean
}

/** The lower of the node's budget and that of one request; infinite where there is none. */
export function budgetOf(own: Spending, route: RouteOptions): number {
  return Math.min(own.budgetPerDay ?? Number.POSITIVE_INFINITY, route.budgetPerDay ?? Number.POSITIVE_INFINITY)
}

/** The lower of what the node allows and what one request allows; nothing at all when the budget of the day is gone. */
export function priceCap(own: Spending, route: RouteOptions, goneToday: number): PriceCap {
  if (goneToday >= budgetOf(own, route)) return { maxPricePerKiloToken: 0, isSpent: true }
  const caps = [own.maxPricePerKiloToken, route.maxPricePerKiloToken].filter(cap => cap !== undefined)
  return { ...(caps.length > 0 && { maxPricePerKiloToken: Math.min(...caps) }), isSpent: false }
}
