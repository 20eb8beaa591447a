import type { Ledger } from '../../accounting/index.ts'
import type { LedgerAccount } from '../../interface/index.ts'
import { RecentMap } from '../../routing/index.ts'

/** Other processes write into the ledger too, seldom and little. */
const KEPT_MS = 1_000
/** Peers whose account is remembered. */
const MAX_KNOWN = 1_000

/** Accounts as they were a moment ago, for turns, which ask often. A ledger that cannot be read stops nothing. */
export class KnownAccounts {
  readonly #ledger: Pick<Ledger, 'account'>
  readonly #onError: (error: unknown) => void
  readonly #known = new RecentMap<string, { account: LedgerAccount | undefined; readAtMs: number }>(MAX_KNOWN)

  constructor(ledger: Pick<Ledger, 'account'>, onError: (error: unknown) => void) {
    this.#ledger = ledger
    this.#onError = onError
  }

  /** What there is between this node and a peer; undefined when they never met, or nobody can tell. */
  of(peer: string): LedgerAccount | undefined {
    const known = this.#known.get(peer)
    const readAtMs = performance.now()
    if (known !== undefined && readAtMs - known.readAtMs < KEPT_MS) return known.account
    const account = this.#read(peer, known?.account)
    this.#known.set(peer, { account, readAtMs })
    return account
  }

  /** The account of a peer has changed. */
  changed(peer: string): void {
    const known = this.#known.get(peer)
    if (known !== undefined) this.#known.set(peer, { ...known, readAtMs: Number.NEGATIVE_INFINITY })
  }

  #read(peer: string, before: LedgerAccount | undefined): LedgerAccount | undefined {
    try {
      return this.#ledger.account(peer)
    } catch (error) {
      this.#onError(error)
      return before
    }
  }
}
