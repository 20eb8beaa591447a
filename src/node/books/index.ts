/**
 * The books of a node, put together: the ledger in its home, its key, and the protocols that carry what is signed.
 *
 * @packageDocumentation
 */
export { verifyReceipts } from '../../accounting/index.ts'
export type { Books } from './books.ts'
export { openBooks } from './open-books.ts'
export { openHomeLedger, openLedgerFile } from './open-ledger.ts'
export { OPENING } from './signing.ts'
