import { createHash } from 'node:crypto'
import type { JobAcknowledgement, JobReceipt, ReceiptFault, SignedRecord } from '../interface/index.ts'

/** How records are signed and opened. Opening throws `ReceiptError`: `malformed` or `forged`. */
export interface Opening {
  openAcknowledgement(envelope: Uint8Array): Promise<SignedRecord<JobAcknowledgement>>
  openReceipt(envelope: Uint8Array): Promise<SignedRecord<JobReceipt>>
}

/** With this node's key. */
export interface Signing extends Opening {
  /** Whose key it is. */
  selfId: string
  sealAcknowledgement(content: JobAcknowledgement): Promise<Uint8Array>
  sealReceipt(content: JobReceipt): Promise<Uint8Array>
}

/** What binds the last acknowledgement to a receipt: SHA-256 of the sealed receipt, 64 hex digits. */
export function hashOf(envelope: Uint8Array): string {
  return createHash('sha256').update(envelope).digest('hex')
}

/** What each fault means, for people. */
export const FAULT_TEXTS: Record<ReceiptFault, string> = {
  malformed: 'the record is cut or no record at all',
  forged: 'the signature is not of the key in it',
  wrong_pair: 'it is of somebody else, or for somebody else',
  replayed: 'it was given before',
  double_spend: 'two records with one number differ',
  out_of_order: 'its number is lower than that of the one before',
  total_fell: 'it counts less than the one before',
  more_than_delivered: 'it counts more than was delivered',
  wrong_amount: 'the amount is not what the tokens cost',
  wrong_receipt: 'it does not belong to this receipt'
}
