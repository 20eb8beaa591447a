import type { Ledger, LedgerSink } from '../../accounting/index.ts'
import type { KnownAccounts } from './known-accounts.ts'
import type { Purse } from './purse.ts'

/** What must hear of what is written, or cannot be. */
export interface EnduringInit {
  accounts: KnownAccounts
  purse: Purse
  onError: (error: unknown) => void
}

/** The ledger for jobs under way: what cannot be written is reported, and the answer goes on. */
export function enduring(ledger: Ledger, { accounts, purse, onError }: EnduringInit): LedgerSink {
  const attempt = (peer: string, write: () => void, isLost: () => void = () => undefined) => {
    try {
      write()
    } catch (error) {
      onError(error)
      isLost()
    }
    accounts.changed(peer)
  }
  return {
    gave: (peer, ...entry) => attempt(peer, () => ledger.gave(peer, ...entry)),
    took: (peer, taken, signed) =>
      attempt(
        peer,
        () => ledger.took(peer, taken, signed),
        () => purse.spent(taken.microCredits)
      ),
    refuse: (peer, ...entry) => attempt(peer, () => ledger.refuse(peer, ...entry))
  }
}
