import { AskerJob, type LedgerSink, type Signing } from '../../accounting/index.ts'
import {
  type GenerateRequest,
  ProviderUnreachableError,
  peerOf,
  quoteQuestion,
  RefusedError,
  type RemoteQuote,
  timeLimit
} from '../../interface/index.ts'
import type { AskerBooks, AskerPlan } from '../../protocols/infer/index.ts'
import { type Agreement, agree } from './asker-plan.ts'
import { Prices } from './prices.ts'
import type { Purse } from './purse.ts'
import { priceCap, type Spending } from './spending.ts'

/** Who says no price by then is taken for one who wants none. */
const QUOTE_TIMEOUT_MS = 1_000

/** Where prices are known from. */
export interface AskerSources {
  /** The price in a peer's advert, 0 in one without; undefined where there is no advert. */
  advertised: (peer: string) => number | undefined
  /** Asks who has no advert, as a peer that the user named may have none. */
  quote: RemoteQuote
}

/** What an asker's books are made from. */
export interface AskerBooksInit extends AskerSources {
  spending: Spending
  purse: Purse
  signing: Signing
  ledger: LedgerSink
}

/** The books of what a node takes: nobody gets more than it said, than the caps, or than the budget has left. */
export function askerBooks({ advertised, quote, spending, purse, signing, ledger }: AskerBooksInit): AskerBooks {
  const prices = new Prices(advertised)
  return {
    quoted: (peer, { pricePerKiloToken }) => prices.quoted(peer, pricePerKiloToken),
    plan: async (address, request, route, signal) => {
      const peer = peerOf(address)
      const hasCap = priceCap(spending, route, purse.gone).maxPricePerKiloToken !== undefined
      if (!hasCap && prices.of(peer) === undefined) {
        const price = await askPrice(quote, { address, request, signal })
        if (price !== undefined) prices.quoted(peer, price)
      }
      return planOf(agree(request, { spending, route, purse, price: prices.of(peer) }), { signing, ledger })
    }
  }
}

function planOf(
  { hold, ...agreed }: Agreement,
  { signing, ledger }: { signing: Signing; ledger: LedgerSink }
): AskerPlan {
  return {
    ...agreed,
    open: ({ peer, ...job }) => {
      checkPrice(job.pricePerKiloToken, agreed.pricePerKiloToken)
      const shared = { provider: peer, ...job, signing }
      if (hold === undefined) return new AskerJob({ ...shared, ledger })
      const took: LedgerSink['took'] = (provider, taken, signed) => {
        ledger.took(provider, taken, signed)
        hold.promised(taken.microCredits)
      }
      return new AskerJob({ ...shared, ledger: { ...ledger, took }, allows: hold.allows })
    },
    close: () => hold?.release()
  }
}

function checkPrice(asked: number, agreed: number): void {
  if (asked <= agreed) return
  throw new RefusedError(`the provider asks ${asked} micro-credits for 1,000 tokens, agreed were ${agreed}`)
}

/** Undefined where the peer does not say it at once. Throws `ProviderUnreachableError`. */
async function askPrice(
  quote: RemoteQuote,
  { address, request, signal }: { address: string; request: GenerateRequest; signal: AbortSignal }
): Promise<number | undefined> {
  const either = AbortSignal.any([signal, timeLimit(QUOTE_TIMEOUT_MS)])
  try {
    return (await quote(address, quoteQuestion(request), either)).pricePerKiloToken
  } catch (error) {
    if (error instanceof ProviderUnreachableError) throw error
    return undefined
  }
}
