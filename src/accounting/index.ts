/**
 * Who gave what to whom: signed acknowledgements and receipts, judged and kept, and what follows of them for turns.
 *
 * @packageDocumentation
 */
export { AskerJob } from './asker-job.ts'
export { exportedLine } from './exported-line.ts'
export { type KeptReceipt, Ledger, type LedgerLimits, type LedgerSink } from './ledger.ts'
export { ProviderJob } from './provider-job.ts'
export { LEDGER_MIGRATIONS } from './schema.ts'
export type { Opening, Signing } from './signing.ts'
export { poolOf, weightOf } from './standing.ts'
export { type BadLine, type PairSum, type Verification, verifyReceipts } from './verify.ts'
