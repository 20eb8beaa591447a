import {
  type JobReceipt,
  PayloadTooLargeError,
  paidTokens,
  ReceiptError,
  type ReceiptFault
} from '../interface/index.ts'
import { judgePair } from './judge.ts'
import { linesOf } from './lines.ts'
import { FAULT_TEXTS, hashOf, type Opening } from './signing.ts'

/** Longest line: two envelopes of 2 KiB in base64, and room. */
const MAX_LINE_LENGTH = 16 << 10

/** Receipts in one file, twenty times what a ledger keeps: of each it must be remembered that it was there. */
const MAX_VERIFIED = 1_000_000
/** Lines that prove nothing and are named; all are counted. */
const MAX_BAD = 1_000

/** Bounds, smaller in tests. */
export interface VerifyLimits {
  receipts: number
  bad: number
}

/** What all receipts of one pair come to. */
export interface PairSum {
  provider: string
  asker: string
  receipts: number
  /** Read and generated ones. */
  tokens: number
  microCredits: number
}

/** A line that proves nothing. */
export interface BadLine {
  /** From 1. */
  line: number
  fault: ReceiptFault
  explanation: string
}

/** What a file of receipts proves. */
export interface Verification {
  receipts: number
  pairs: PairSum[]
  /** The first of those that prove nothing, at most 1,000. */
  bad: BadLine[]
  /** How many lines prove nothing. */
  badCount: number
}

/**
 * Checks a file of receipts, which may come in any pieces, line by line: both signatures, that they are of one job, and
 * that no job counts twice. Knows neither of the two, and needs no network. Throws `PayloadTooLargeError` for a file of
 * more than a million receipts.
 */
export async function verifyReceipts(
  chunks: AsyncIterable<string>,
  opening: Opening,
  limits: VerifyLimits = { receipts: MAX_VERIFIED, bad: MAX_BAD }
): Promise<Verification> {
  const pairs = new Map<string, PairSum>()
  const bad: BadLine[] = []
  /** Hash of the receipt, by job and pair. */
  const seen = new Map<string, string>()
  let receipts = 0
  let badCount = 0
  let line = 0
  for await (const text of linesOf(chunks, MAX_LINE_LENGTH + 1)) {
    line++
    if (text.trim() === '') continue
    try {
      const { content, provider, hash } = await openLine(text, opening)
      const key = `${provider} ${content.asker} ${content.job}`
      const known = seen.get(key)
      if (known !== undefined) throw refused(known === hash ? 'replayed' : 'double_spend')
      if (receipts === limits.receipts) {
        throw new PayloadTooLargeError(`the file has more than ${limits.receipts} receipts; check it in parts`)
      }
      seen.set(key, hash)
      receipts++
      addTo(pairs, provider, content)
    } catch (error) {
      if (!(error instanceof ReceiptError)) throw error
      badCount++
      if (bad.length < limits.bad) bad.push({ line, fault: error.fault, explanation: error.message })
    }
  }
  return { receipts, pairs: [...pairs.values()], bad, badCount }
}

async function openLine(
  text: string,
  opening: Opening
): Promise<{ content: JobReceipt; provider: string; hash: string }> {
  const { receipt, acknowledgement } = parse(text)
  const given = await opening.openReceipt(receipt)
  const got = await opening.openAcknowledgement(acknowledgement)
  const hash = hashOf(receipt)
  const fault = judgePair({ ...given, hash }, got)
  if (fault !== undefined) throw refused(fault)
  return { content: given.content, provider: given.signer, hash }
}

function parse(text: string): { receipt: Uint8Array; acknowledgement: Uint8Array } {
  if (text.length > MAX_LINE_LENGTH) throw new ReceiptError('malformed', 'the line is too long')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ReceiptError('malformed', 'the line is not JSON', { cause: error })
  }
  const { version, receipt, acknowledgement } = (value ?? {}) as Record<string, unknown>
  if (version !== 1) throw new ReceiptError('malformed', 'the line is of another version')
  if (typeof receipt !== 'string' || typeof acknowledgement !== 'string') {
    throw new ReceiptError('malformed', 'the line has no receipt with its acknowledgement')
  }
  return { receipt: Buffer.from(receipt, 'base64'), acknowledgement: Buffer.from(acknowledgement, 'base64') }
}

function refused(fault: ReceiptFault): ReceiptError {
  return new ReceiptError(fault, FAULT_TEXTS[fault])
}

function addTo(pairs: Map<string, PairSum>, provider: string, content: JobReceipt): void {
  const key = `${provider} ${content.asker}`
  const sum = pairs.get(key) ?? { provider, asker: content.asker, receipts: 0, tokens: 0, microCredits: 0 }
  sum.receipts++
  sum.tokens += paidTokens(content)
  sum.microCredits += content.microCredits
  pairs.set(key, sum)
}
