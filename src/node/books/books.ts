import type { PrivateKey } from '@libp2p/interface'
import {
  AskerJob,
  type Ledger,
  type LedgerSink,
  ProviderJob,
  poolOf,
  type Signing,
  weightOf
} from '../../accounting/index.ts'
import { LOCAL_TENANT, type Pool, RefusedError, type RouteOptions, type Standing } from '../../interface/index.ts'
import type { AskerBooks, JobParties, ProviderBooks } from '../../protocols/infer/index.ts'
import { openLedgerFile } from './open-ledger.ts'
import { Promises } from './promises.ts'
import { signingWith } from './signing.ts'
import { type PriceCap, priceCap, type Spending } from './spending.ts'

/** Every 64 tokens; `routing.md` 3.6. Half of what may be without one, so that a long line does not make it rest. */
const ACKNOWLEDGE_EVERY_TOKENS = 64

/** What a node's books are made from. */
export interface BooksInit {
  /** Where it is kept; in memory when there is none. */
  file: string | undefined
  key: PrivateKey
  pricePerKiloToken: () => number
  /** What this node promises to pay at most. */
  spending: Spending
  /** Takes what a failing disk says: an answer is not cut because it cannot be written down. */
  onError: (error: unknown) => void
}

/** The books of a node: of what it gives, of what it takes, and what follows for whose turn it is. */
export class Books {
  readonly forProvider: ProviderBooks
  readonly forAsker: AskerBooks
  readonly standing: Standing
  readonly #spending: Spending
  /** What quotes said, for the receipts. */
  readonly promises = new Promises()
  /** What is written down. */
  readonly ledger: Ledger

  private constructor(kept: Ledger, { key, pricePerKiloToken, spending, onError }: BooksInit) {
    const signing: Signing = signingWith(key)
    this.ledger = kept
    this.#spending = spending
    const ledger = enduring(kept, onError)
    this.forProvider = {
      acknowledgeEveryTokens: ACKNOWLEDGE_EVERY_TOKENS,
      pricePerKiloToken,
      open: ({ peer, ...job }) => {
        const promised = this.promises.firstTokenMs(peer)
        const promise = promised === undefined ? {} : { promisedFirstTokenMs: promised }
        return new ProviderJob({ asker: peer, ...job, ...promise, ledger, signing })
      },
      unsigned: (peer, tokens) => ledger.gave(peer, { tokens, acknowledgedTokens: 0, microCredits: 0 })
    }
    this.forAsker = {
      open: ({ peer, ...job }, agreed) => {
        // What nobody agreed to, such as an audit, keeps the node's own bounds.
        checkPrice(job, agreed ?? this.priceCap().maxPricePerKiloToken)
        return new AskerJob({ provider: peer, ...job, ledger, signing })
      }
    }
    this.standing = { weightOf: tenant => this.#weightOf(tenant), poolOf: tenant => this.#poolOf(tenant) }
  }

  /** What may be paid now, by the node's own bounds and those of a request. */
  priceCap(route: RouteOptions = {}): PriceCap {
    return priceCap(this.#spending, route, this.ledger.spentOn(Date.now()))
  }

  /** Opens the ledger. Throws `HomeUnusableError`. */
  static async open(init: BooksInit): Promise<Books> {
    return new Books(await openLedgerFile(init.file), init)
  }

  /** Lets go of the ledger's file. */
  close(): void {
    this.ledger.close()
  }

  /** Throws `RefusedError` for a peer that signed two different things under one number. */
  admit(peerId: string): void {
    if (this.ledger.account(peerId)?.isBanned) throw new RefusedError('this peer signed two different things as one')
  }

  #weightOf(tenant: string): number {
    return tenant === LOCAL_TENANT ? 1 : weightOf(this.ledger.account(tenant))
  }

  #poolOf(tenant: string): Pool | undefined {
    return tenant === LOCAL_TENANT ? undefined : poolOf(this.ledger.account(tenant))
  }
}

/** The ledger for jobs under way: what cannot be written is reported, and the answer goes on. */
function enduring(ledger: Ledger, onError: (error: unknown) => void): LedgerSink {
  const attempt = (write: () => void) => {
    try {
      write()
    } catch (error) {
      onError(error)
    }
  }
  return {
    gave: (...entry) => attempt(() => ledger.gave(...entry)),
    took: (...entry) => attempt(() => ledger.took(...entry)),
    refuse: (...entry) => attempt(() => ledger.refuse(...entry))
  }
}

function checkPrice({ pricePerKiloToken }: Omit<JobParties, 'peer'>, agreed: number | undefined): void {
  if (agreed === undefined || pricePerKiloToken <= agreed) return
  throw new RefusedError(`the provider asks ${pricePerKiloToken} micro-credits for 1,000 tokens, agreed were ${agreed}`)
}
