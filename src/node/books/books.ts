import type { PrivateKey } from '@libp2p/interface'
import { type Ledger, type LedgerSink, ProviderJob, poolOf, type Signing, weightOf } from '../../accounting/index.ts'
import { LOCAL_TENANT, type Pool, RefusedError, type RouteOptions, type Standing } from '../../interface/index.ts'
import type { AskerBooks, ProviderBooks } from '../../protocols/infer/index.ts'
import { type AskerSources, askerBooks } from './asker-books.ts'
import { enduring } from './enduring.ts'
import { KnownAccounts } from './known-accounts.ts'
import { openLedgerFile } from './open-ledger.ts'
import { Promises } from './promises.ts'
import { Purse } from './purse.ts'
import { signingWith } from './signing.ts'
import { type PriceCap, priceCap, type Spending } from './spending.ts'

/** Every 64 tokens; `routing.md` 3.6. Half of what may be without one, so that a long line does not make it rest. */
const ACKNOWLEDGE_EVERY_TOKENS = 64

/** Before the id of a peer that signs nothing, in the name of its tenant. */
const UNSIGNED = 'unsigned '
/** Where it stands: with those who have only taken. */
const DEBTOR = { gaveTokens: Number.MAX_SAFE_INTEGER, acknowledgedTokens: 0, tookTokens: 0 }

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
  readonly standing: Standing
  readonly #spending: Spending
  readonly #purse: Purse
  readonly #accounts: KnownAccounts
  readonly #signing: Signing
  /** The ledger as jobs write into it. */
  readonly #sink: LedgerSink
  /** What quotes said, for the receipts. */
  readonly promises = new Promises()
  /** What is written down. */
  readonly ledger: Ledger

  private constructor(kept: Ledger, { key, pricePerKiloToken, spending, onError }: BooksInit) {
    const signing: Signing = signingWith(key)
    this.ledger = kept
    this.#spending = spending
    this.#accounts = new KnownAccounts(kept, onError)
    this.#purse = new Purse(() => kept.spentOn(Date.now()), onError)
    const ledger = enduring(kept, { accounts: this.#accounts, purse: this.#purse, onError })
    this.#signing = signing
    this.#sink = ledger
    this.forProvider = {
      acknowledgeEveryTokens: ACKNOWLEDGE_EVERY_TOKENS,
      pricePerKiloToken,
      open: ({ peer, ...job }) =>
        new ProviderJob({ asker: peer, ...job, promised: this.promises.now(peer), ledger, signing }),
      unsignedTenant: peer => UNSIGNED + peer,
      unsigned: (peer, tokens) => ledger.gave(peer, { tokens, acknowledgedTokens: 0, microCredits: 0 })
    }
    this.standing = { weightOf: tenant => this.#weightOf(tenant), poolOf: tenant => this.#poolOf(tenant) }
  }

  /** What may be paid now, by the node's own bounds and those of a request. */
  priceCap(route: RouteOptions = {}): PriceCap {
    return priceCap(this.#spending, route, this.#purse.gone)
  }

  /** The books of what this node takes. */
  forAsker(sources: AskerSources): AskerBooks {
    const own = { spending: this.#spending, purse: this.#purse, signing: this.#signing, ledger: this.#sink }
    return askerBooks({ ...own, ...sources })
  }

  /** Opens the ledger. Throws `HomeUnusableError`. */
  static async open(init: BooksInit): Promise<Books> {
    return new Books(await openLedgerFile(init.file), init)
  }

  /** Lets go of the ledger's file. */
  close(): void {
    this.ledger.close()
  }

  /** Throws `RefusedError` for a peer that signed two things that contradict each other. */
  admit(peerId: string): void {
    if (this.#accounts.of(peerId)?.isBanned)
      throw new RefusedError('this peer signed two things that contradict each other')
  }

  #weightOf(tenant: string): number {
    return tenant === LOCAL_TENANT ? 1 : weightOf(this.#exchangeOf(tenant))
  }

  #poolOf(tenant: string): Pool | undefined {
    return tenant === LOCAL_TENANT ? undefined : poolOf(this.#exchangeOf(tenant))
  }

  #exchangeOf(tenant: string) {
    return tenant.startsWith(UNSIGNED) ? DEBTOR : this.#accounts.of(tenant)
  }
}
