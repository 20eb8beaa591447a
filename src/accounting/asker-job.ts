import {
  amountOf,
  type JobReceipt,
  type JobTotals,
  paidTokens,
  ReceiptError,
  type ReceiptFault,
  RefusedError,
  type SignedRecord,
  type Usage
} from '../interface/index.ts'
import { judgeReceipt } from './judge.ts'
import type { LedgerSink } from './ledger.ts'
import { hashOf, type Signing } from './signing.ts'

/** What one job of an asker is made from. */
export interface AskerJobInit {
  provider: string
  /** Id of the job. */
  job: string
  pricePerKiloToken: number
  ledger: LedgerSink
  signing: Signing
  /** Whether the job may come to so many micro-credits in all. @default any */
  allows?: (microCredits: number) => boolean
}

/** What an asker gets in one job, and what it signed of it. */
export class AskerJob {
  readonly #init: AskerJobInit
  #sequence = 0
  #hasEnded = false
  #prompt: { promptTokens: number; cachedPromptTokens: number } = { promptTokens: 0, cachedPromptTokens: 0 }
  #written = { tokens: 0, microCredits: 0 }

  constructor(init: AskerJobInit) {
    this.#init = init
  }

  /**
   * Signs that so many tokens have come in all; they are written down before anybody sees the signature. Throws
   * `RefusedError` when they cost more than may be promised.
   */
  async acknowledge(tokens: number): Promise<Uint8Array> {
    const totals = this.#totals(tokens)
    if (!this.#allows(totals))
      throw new RefusedError('the answer costs more than the budget of this day (UTC) has left')
    this.#write(totals)
    return await this.#seal(totals)
  }

  /**
   * Checks the receipt, and signs it. Nothing for one that is not true: the books note why, and no more is signed. Nor
   * for one whose prompt was longer than was thought, and costs more than may be promised.
   */
  async settle(end: {
    receipt: Uint8Array
    tokens: number
    model: { digest: string }
    usage: Usage
    maxPromptTokens: number
    firstTokenAfterMs: number
  }): Promise<Uint8Array | undefined> {
    const { provider, job, pricePerKiloToken, ledger, signing } = this.#init
    this.#hasEnded = true
    const { promptTokens, cachedPromptTokens } = end.usage
    const expected = {
      ...{ provider, asker: signing.selfId, job, pricePerKiloToken, modelDigest: end.model.digest },
      ...{ promptTokens, cachedPromptTokens, completionTokens: end.tokens, maxPromptTokens: end.maxPromptTokens },
      firstTokenAfterMs: end.firstTokenAfterMs
    }
    let record: SignedRecord<JobReceipt>
    try {
      record = await signing.openReceipt(end.receipt)
    } catch (error) {
      return this.#refuse(error instanceof ReceiptError ? error.fault : 'malformed', end.receipt)
    }
    const fault = judgeReceipt(expected, record)
    if (fault !== undefined) return this.#refuse(fault, end.receipt)
    const totals = this.#totals(end.tokens, { promptTokens, cachedPromptTokens })
    if (!this.#allows(totals)) return undefined
    this.#prompt = { promptTokens, cachedPromptTokens }
    const acknowledgement = await this.#seal(totals, hashOf(end.receipt))
    ledger.took(provider, this.#more(totals), { content: record.content, receipt: end.receipt, acknowledgement })
    return acknowledgement
  }

  /**
   * Writes down what is not yet, whatever the end. Of an answer that was left, the prompt of about `readTokens` was
   * work too, which nobody signed for.
   */
  close(tokens: number, readTokens: number): void {
    this.#write(this.#totals(tokens))
    if (!this.#hasEnded) this.#init.ledger.took(this.#init.provider, { tokens: readTokens, microCredits: 0 })
    this.#hasEnded = true
  }

  #refuse(fault: ReceiptFault, receipt: Uint8Array): undefined {
    this.#init.ledger.refuse(this.#init.provider, fault, [receipt])
  }

  async #seal(totals: JobTotals, receiptHash?: string): Promise<Uint8Array> {
    const { provider, job, signing } = this.#init
    const sequence = ++this.#sequence
    return await signing.sealAcknowledgement({
      ...totals,
      provider,
      job,
      sequence,
      ...(receiptHash && { receiptHash })
    })
  }

  #allows({ microCredits }: JobTotals): boolean {
    return this.#init.allows?.(microCredits) ?? true
  }

  #totals(completionTokens: number, prompt = this.#prompt): JobTotals {
    const tokens = { ...prompt, completionTokens }
    return { ...tokens, microCredits: amountOf(tokens, this.#init.pricePerKiloToken) }
  }

  #write(totals: JobTotals): void {
    this.#init.ledger.took(this.#init.provider, this.#more(totals))
  }

  /** What came since the last time. */
  #more(totals: JobTotals): { tokens: number; microCredits: number } {
    const now = { tokens: paidTokens(totals), microCredits: totals.microCredits }
    const more = {
      tokens: now.tokens - this.#written.tokens,
      microCredits: now.microCredits - this.#written.microCredits
    }
    this.#written = now
    return more
  }
}
