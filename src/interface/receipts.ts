import { ProtocolError } from './errors.ts'

/** Bytes of a job's id, and of each side's half of it. */
export const JOB_ID_BYTES = 16

/** What one job has come to so far. None of these ever falls. */
export interface JobTotals {
  promptTokens: number
  /** Of these, not read again, and not paid for. */
  cachedPromptTokens: number
  /** Tokens of the answer that were delivered. */
  completionTokens: number
  /** What all of it costs. */
  microCredits: number
}

/** What an asker signs while an answer comes: it has got so much from this provider in this job. */
export interface JobAcknowledgement extends JobTotals {
  /** To whom it is given. */
  provider: string
  /** Id of the job, 32 hex digits. Both sides had a half of it made up, so none of them can make an old one come back. */
  job: string
  /** Grows with every acknowledgement of a job, from 1. */
  sequence: number
  /** SHA-256 of the sealed receipt, 64 hex digits: in the last acknowledgement alone, which signs the receipt with it. */
  receiptHash?: string
}

/** What a provider signs when an answer is whole. */
export interface JobReceipt extends JobTotals {
  /** For whom the job was. */
  asker: string
  job: string
  /** SHA-256 of the model's file, 64 hex digits. */
  modelDigest: string
  /** Micro-credits for 1,000 tokens. */
  pricePerKiloToken: number
  /** When the first token should have come, as the last quote for this asker said; absent where none was asked for. */
  promisedFirstTokenMs?: number
  /** From the request to the first token, by the provider's clock. */
  observedFirstTokenMs: number
  /** From the request to the end, likewise. */
  totalMs: number
  issuedAtMs: number
}

/** A record, and how it was signed. */
export interface SignedRecord<Content> {
  content: Content
  /** Whose key signed it. */
  signer: string
  /** As it came: the proof. */
  envelope: Uint8Array
}

/**
 * Why a signed record is refused. `malformed`: no whole record. `forged`: the signature is not of the key in it.
 * `wrong_pair`: of or for somebody else. `replayed`: it was given before, in this job or another one. `double_spend`:
 * two with one number and different contents. `out_of_order`: a lower number. `total_fell`: less than was signed
 * before. `more_than_delivered`: more than there was. `wrong_amount`: not what the tokens cost. `wrong_receipt`: another
 * receipt is meant, or its numbers differ.
 */
export type ReceiptFault =
  | 'malformed'
  | 'forged'
  | 'wrong_pair'
  | 'replayed'
  | 'double_spend'
  | 'out_of_order'
  | 'total_fell'
  | 'more_than_delivered'
  | 'wrong_amount'
  | 'wrong_receipt'

/** A signed record that is refused; the fault is named in the message, which crosses the wire. */
export class ReceiptError extends ProtocolError {
  readonly fault: ReceiptFault

  constructor(fault: ReceiptFault, explanation: string, options: { cause?: unknown } = {}) {
    super(`${fault}: ${explanation}`, options)
    this.fault = fault
  }
}

/** What tokens cost: those read and those generated, not those cached. Rounded up, so that little is not nothing. */
export function amountOf(tokens: Omit<JobTotals, 'microCredits'>, pricePerKiloToken: number): number {
  return Math.ceil((paidTokens(tokens) * pricePerKiloToken) / 1_000)
}

/** Tokens that are work: read and generated ones. */
export function paidTokens(tokens: Omit<JobTotals, 'microCredits'>): number {
  return tokens.promptTokens - tokens.cachedPromptTokens + tokens.completionTokens
}
