import { LEDGER_MIGRATIONS, Ledger, type LedgerLimits } from '../../accounting/index.ts'
import { type DatabaseKind, IN_MEMORY, openDatabase, unusable } from '../home/database.ts'
import { openHome } from '../home/home-folder.ts'

const RECEIPTS: DatabaseKind = { what: 'the ledger', migrations: LEDGER_MIGRATIONS }

/** Opens the ledger in a file; without one it lives in memory and goes with the node. Throws `HomeUnusableError`. */
export async function openLedgerFile(file: string = IN_MEMORY, limits?: LedgerLimits): Promise<Ledger> {
  return new Ledger(await openDatabase(file, RECEIPTS), error => unusable(file, RECEIPTS, error), limits)
}

/** The ledger of a home; the home is made if it is missing. Throws `HomeUnusableError`. */
export async function openHomeLedger(home?: string): Promise<Ledger> {
  return await openLedgerFile((await openHome(home)).ledger)
}
