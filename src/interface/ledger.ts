import type { ReceiptFault } from './receipts.ts'

/** What there is between this node and one peer, since they first met. None of the sums ever falls. */
export interface LedgerAccount {
  /** Its id, or `others` for all peers that have no account of their own any more. */
  peer: string
  /** Tokens that this node read and generated for it; cached ones do not count. */
  gaveTokens: number
  /** Of these, what the peer signed for. */
  acknowledgedTokens: number
  /** What the peer signed to owe for them. */
  gaveMicroCredits: number
  /** Tokens that the peer read and generated for this node. */
  tookTokens: number
  /** What this node owes for them. */
  tookMicroCredits: number
  /** Receipts that both signed. */
  receipts: number
  /** When something last happened, milliseconds since 1970. */
  usedAtMs: number
  /** The peer signed two things that contradict each other: it is not served again. */
  isBanned: boolean
}

/** A signed record that was refused. */
export interface RefusedRecord {
  peer: string
  fault: ReceiptFault
  atMs: number
  /** Two records are kept that prove it to anybody. */
  isProof: boolean
}
