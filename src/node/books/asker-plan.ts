import {
  type GenerateRequest,
  RefusedError,
  type RouteOptions,
  requestBytes,
  roughTokens
} from '../../interface/index.ts'
import type { Hold, Purse } from './purse.ts'
import { budgetOf, priceCap, type Spending } from './spending.ts'

/** Tokens that are paid for at most where a budget holds and the request has no limit of its own. */
export const BUDGETED_ANSWER_TOKENS = 8_192
/** What a chat template adds to a short prompt, about. */
const TEMPLATE_TOKENS = 64
/** Texts of one sign a token are not rare, and a prompt that was thought too short is still to be paid. */
const PROMPT_CAUTION = 2

/** What may be paid for one request to one peer. */
export interface Agreement {
  /** Micro-credits for 1,000 tokens, at most. */
  pricePerKiloToken: number
  /** Most tokens that the answer may have. Absent: as many as the request says. */
  maxTokens?: number
  /** Absent where no budget holds, or nothing is paid. */
  hold?: Hold
}

/** What a request may cost: nobody gets more than it advertised or quoted, than the caps, or than the budget has left. */
export interface AgreementInit {
  spending: Spending
  route: RouteOptions
  purse: Purse
  /** What the peer said that it wants. */
  price: number | undefined
}

/** Throws `RefusedError` when the budget of the day does not pay for the prompt. */
export function agree(request: GenerateRequest, { spending, route, purse, price }: AgreementInit): Agreement {
  const { maxPricePerKiloToken: cap } = priceCap(spending, route, purse.gone)
  // Where the peer has said nothing, only who named a cap has agreed to pay at all.
  const pricePerKiloToken = Math.min(price ?? cap ?? 0, cap ?? Number.POSITIVE_INFINITY)
  const budget = budgetOf(spending, route)
  if (pricePerKiloToken === 0 || request.maxTokens === 0 || budget === Number.POSITIVE_INFINITY) {
    return { pricePerKiloToken }
  }
  const promptTokens = PROMPT_CAUTION * roughTokens(requestBytes(request)) + TEMPLATE_TOKENS
  const affordable = Math.floor((1_000 * (budget - purse.gone)) / pricePerKiloToken) - promptTokens
  if (affordable < 1) {
    const price = `${pricePerKiloToken} micro-credits for 1,000 tokens`
    throw new RefusedError(`what is left of the budget of this day (UTC) does not pay for this request at ${price}`)
  }
  const maxTokens = Math.min(request.maxTokens ?? BUDGETED_ANSWER_TOKENS, affordable)
  const microCredits = Math.ceil(((promptTokens + maxTokens) * pricePerKiloToken) / 1_000)
  return { pricePerKiloToken, maxTokens, hold: purse.hold(microCredits, budget) }
}
