import {
  amountOf,
  type JobAcknowledgement,
  type JobReceipt,
  type JobTotals,
  paidTokens,
  type ReceiptFault,
  type SignedRecord
} from '../interface/index.ts'

/** What a first token may take longer over the line than `accepted` did before it. */
const LINE_MS = 5_000

/** What a provider knows of a job when an acknowledgement of it comes. */
export interface KnownJob {
  provider: string
  asker: string
  job: string
  pricePerKiloToken: number
  /** What was delivered so far, by the provider's own count. */
  delivered: Omit<JobTotals, 'microCredits'>
  /** The acknowledgements that were taken last, in their order. */
  taken: readonly SignedRecord<JobAcknowledgement>[]
  /** Hash of the sealed receipt, once there is one. */
  receiptHash?: string
}

/** Why an acknowledgement whose signature is right is refused all the same; undefined: it is taken. */
export function judgeAcknowledgement(
  known: KnownJob,
  { content, signer, envelope }: SignedRecord<JobAcknowledgement>
): ReceiptFault | undefined {
  if (signer !== known.asker || content.provider !== known.provider) return 'wrong_pair'
  // Signed for this provider, and for another job: it was given there.
  if (content.job !== known.job) return 'replayed'
  const { taken, delivered } = known
  const same = taken.find(record => record.content.sequence === content.sequence)
  if (same !== undefined) {
    return sameBytes(envelope, same.envelope) || sameContent(content, same.content) ? 'replayed' : 'double_spend'
  }
  const last = taken.at(-1)
  if (last !== undefined) {
    if (content.sequence < last.content.sequence) return 'out_of_order'
    if (hasFallen(last.content, content)) return 'total_fell'
  }
  if (isAbove(content, delivered)) return 'more_than_delivered'
  if (content.microCredits !== amountOf(content, known.pricePerKiloToken)) return 'wrong_amount'
  if (content.receiptHash === undefined) return undefined
  const isWhole = !isAbove(delivered, content) && content.cachedPromptTokens === delivered.cachedPromptTokens
  return content.receiptHash === known.receiptHash && isWhole ? undefined : 'wrong_receipt'
}

/** The record that another one contradicts, if its fault is fraud: together they prove it to anybody. */
export function contradicted(
  fault: ReceiptFault,
  { taken }: Pick<KnownJob, 'taken'>,
  content: JobAcknowledgement
): SignedRecord<JobAcknowledgement> | undefined {
  if (fault === 'double_spend') return taken.find(record => record.content.sequence === content.sequence)
  return fault === 'total_fell' ? taken.at(-1) : undefined
}

/** What an asker knows of a job when its receipt comes. */
export interface ExpectedReceipt extends Omit<JobTotals, 'microCredits'> {
  provider: string
  asker: string
  job: string
  modelDigest: string
  pricePerKiloToken: number
  /** More tokens than that cannot have been made of the request. */
  maxPromptTokens: number
  /** From `accepted` to the first token, by the asker's clock. */
  firstTokenAfterMs: number
}

/** Why a receipt whose signature is right is refused all the same; undefined: it is signed. */
export function judgeReceipt(
  expected: ExpectedReceipt,
  { content, signer }: SignedRecord<JobReceipt>
): ReceiptFault | undefined {
  if (signer !== expected.provider || content.asker !== expected.asker) return 'wrong_pair'
  if (content.job !== expected.job) return 'replayed'
  if (content.promptTokens > expected.maxPromptTokens) return 'more_than_delivered'
  if (isAbove(content, expected) || paidTokens(content) > paidTokens(expected)) return 'more_than_delivered'
  const { pricePerKiloToken } = expected
  if (content.pricePerKiloToken !== pricePerKiloToken) return 'wrong_amount'
  if (content.microCredits !== amountOf(content, pricePerKiloToken)) return 'wrong_amount'
  // The line may have held the token up, and not for so long.
  if (content.observedFirstTokenMs + LINE_MS < expected.firstTokenAfterMs) return 'wrong_receipt'
  const isWhole = !isAbove(expected, content) && content.cachedPromptTokens === expected.cachedPromptTokens
  return isWhole && content.modelDigest === expected.modelDigest ? undefined : 'wrong_receipt'
}

/** Why a receipt and the acknowledgement that signs it do not belong together; undefined: both sides signed one job. */
export function judgePair(
  receipt: SignedRecord<JobReceipt> & { hash: string },
  acknowledgement: SignedRecord<JobAcknowledgement>
): ReceiptFault | undefined {
  const given = receipt.content
  const got = acknowledgement.content
  if (got.provider !== receipt.signer || acknowledgement.signer !== given.asker) return 'wrong_pair'
  if (got.job !== given.job || got.receiptHash !== receipt.hash) return 'wrong_receipt'
  const differs = isAbove(given, got) || isAbove(got, given) || given.cachedPromptTokens !== got.cachedPromptTokens
  if (differs || given.microCredits !== got.microCredits) return 'wrong_receipt'
  return given.microCredits === amountOf(given, given.pricePerKiloToken) ? undefined : 'wrong_amount'
}

function hasFallen(before: JobTotals, now: JobTotals): boolean {
  return (
    now.promptTokens < before.promptTokens ||
    now.cachedPromptTokens < before.cachedPromptTokens ||
    now.completionTokens < before.completionTokens ||
    now.microCredits < before.microCredits
  )
}

function isAbove(tokens: Omit<JobTotals, 'microCredits'>, bound: Omit<JobTotals, 'microCredits'>): boolean {
  return tokens.promptTokens > bound.promptTokens || tokens.completionTokens > bound.completionTokens
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}

/** Some keys sign the same content differently each time. */
function sameContent(one: JobAcknowledgement, other: JobAcknowledgement): boolean {
  return !hasFallen(one, other) && !hasFallen(other, one) && one.receiptHash === other.receiptHash
}
