import {
  amountOf,
  type JobAcknowledgement,
  type JobReceipt,
  type JobTotals,
  paidTokens,
  ReceiptError,
  type SignedRecord,
  SlowReaderError,
  throwIfAborted,
  type Usage
} from '../interface/index.ts'
import { contradicted, judgeAcknowledgement, type KnownJob } from './judge.ts'
import type { BothSigned, LedgerSink } from './ledger.ts'
import { FAULT_TEXTS, hashOf, type Signing } from './signing.ts'

/** Delivered tokens that may be without an acknowledgement; `routing.md` 3.6. It is what a provider can lose. */
export const MAX_UNACKNOWLEDGED_TOKENS = 128
/**
 * How long an answer may rest in all for acknowledgements that are owed: at once as long as a reader may take nothing,
 * and more with each token that was acknowledged. An answer that is read aloud goes faster than 2.5 tokens a
 * second; less holds a slot for nothing. The first acknowledgement is due after 64.
 */
const PATIENCE: Patience = { ms: 30_000, perTokenMs: 400 }
/** The same while others wait for a slot. */
const CROWDED_PATIENCE: Patience = { ms: 20_000, perTokenMs: 250 }
/** How often a job that rests looks whether others wait. */
const LOOK_MS = 1_000
/** Acknowledgements of a job that a later one is held against. */
const MAX_REMEMBERED = 64
/** How long a finished job waits for the asker's last signature; it holds no slot then. */
const SETTLE_MS = 2_000

/** How long an answer may rest: so long in all, and so much longer with each acknowledged token. */
interface Patience {
  ms: number
  perTokenMs: number
}

/** What one job of a provider is made from. */
export interface ProviderJobInit {
  asker: string
  /** Id of the job. */
  job: string
  pricePerKiloToken: number
  /** When the first token was promised for the model of a digest. @default nothing was */
  promised?: (digest: string) => number | undefined
  ledger: LedgerSink
  signing: Signing
  /** @default 2000 */
  settleMs?: number
}

/** What a provider gives in one job, and what the asker signed of it. */
export class ProviderJob {
  readonly #init: ProviderJobInit
  readonly #startedAtMs = performance.now()
  #firstTokenAtMs: number | undefined
  #delivered = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 0 }
  #written = { tokens: 0, microCredits: 0, acknowledged: 0 }
  /** What the asker signed last, in its order. */
  #taken: SignedRecord<JobAcknowledgement>[] = []
  #receipt: { envelope: Uint8Array; content: JobReceipt; hash: string } | undefined
  #isSettled = false
  #isClosed = false
  #restedMs = 0
  #changed: () => void = () => undefined

  constructor(init: ProviderJobInit) {
    this.#init = init
  }

  /** Tokens went out. */
  delivered(tokens: number): void {
    this.#firstTokenAtMs ??= performance.now()
    this.#delivered.completionTokens += tokens
  }

  /** Delivered tokens that the asker has not signed for yet. */
  get unacknowledged(): number {
    return this.#delivered.completionTokens - (this.#last?.content.completionTokens ?? 0)
  }

  /** Judges what the asker signed, and writes it down. Throws `ReceiptError`; two that contradict each other are kept as proof. */
  async acknowledge(envelope: Uint8Array): Promise<void> {
    const { asker, ledger, signing } = this.#init
    const record = await signing.openAcknowledgement(envelope).catch((error: unknown) => {
      ledger.refuse(asker, error instanceof ReceiptError ? error.fault : 'malformed', [envelope])
      throw error
    })
    const fault = judgeAcknowledgement(this.#known(), record)
    if (fault !== undefined) {
      const other = contradicted(fault, { taken: this.#taken }, record.content)
      ledger.refuse(asker, fault, other === undefined ? [envelope] : [other.envelope, envelope])
      throw new ReceiptError(fault, `an acknowledgement is refused, ${FAULT_TEXTS[fault]}`)
    }
    this.#taken = [...this.#taken.slice(1 - MAX_REMEMBERED), record]
    const isLast = record.content.receiptHash !== undefined
    this.#write(isLast)
    this.#isSettled ||= isLast
    this.#changed()
  }

  /**
   * Resolves when few enough tokens are not acknowledged. Throws what `signal` is aborted with, and `SlowReaderError`
   * when the job has rested for too long in all: who acknowledges drop by drop would hold its slot for hours.
   */
  async room(signal: AbortSignal, isCrowded: () => boolean = () => false): Promise<void> {
    while (this.unacknowledged >= MAX_UNACKNOWLEDGED_TOKENS) {
      throwIfAborted(signal)
      const { ms, perTokenMs } = isCrowded() ? CROWDED_PATIENCE : PATIENCE
      const leftMs = ms + perTokenMs * (this.#last?.content.completionTokens ?? 0) - this.#restedMs
      if (leftMs <= 0) throw new SlowReaderError('what was delivered is acknowledged too slowly')
      await this.#rest(Math.min(leftMs, LOOK_MS), signal)
    }
  }

  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    const startedAtMs = performance.now()
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, ms)
    const wake = () => resolve()
    this.#changed = wake
    signal.addEventListener('abort', wake)
    await promise
    clearTimeout(timer)
    signal.removeEventListener('abort', wake)
    this.#restedMs += performance.now() - startedAtMs
  }

  /** The sealed receipt of all that was given. */
  async receipt(model: { digest: string }, { promptTokens, cachedPromptTokens }: Usage): Promise<Uint8Array> {
    const { asker, job, pricePerKiloToken, promised, signing } = this.#init
    const promisedFirstTokenMs = promised?.(model.digest)
    this.#delivered = { ...this.#delivered, promptTokens, cachedPromptTokens }
    const now = performance.now()
    const content: JobReceipt = {
      ...this.#totals(),
      asker,
      job,
      modelDigest: model.digest,
      pricePerKiloToken,
      ...(promisedFirstTokenMs !== undefined && { promisedFirstTokenMs }),
      observedFirstTokenMs: Math.round((this.#firstTokenAtMs ?? now) - this.#startedAtMs),
      totalMs: Math.round(now - this.#startedAtMs),
      issuedAtMs: Date.now()
    }
    const envelope = await signing.sealReceipt(content)
    this.#receipt = { envelope, content, hash: hashOf(envelope) }
    return envelope
  }

  /** Resolves when both have signed, the asker is gone, or it takes too long. */
  async settled(gone: Promise<void>): Promise<void> {
    if (this.#isSettled || this.#receipt === undefined) return
    let timer: NodeJS.Timeout | undefined
    const either = new Promise<void>(resolve => {
      timer = setTimeout(resolve, this.#init.settleMs ?? SETTLE_MS)
      this.#changed = () => {
        if (this.#isSettled) resolve()
      }
    })
    await Promise.race([either, gone])
    clearTimeout(timer)
  }

  /**
   * Writes down what is not yet, whatever the end. Without a receipt nobody has counted the prompt, of which about
   * `readTokens` were read: who leaves in time must not get them for nothing.
   */
  close(readTokens: number): void {
    this.#write(false)
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#receipt === undefined) {
      this.#init.ledger.gave(this.#init.asker, { tokens: readTokens, acknowledgedTokens: 0, microCredits: 0 })
    }
  }

  get #last(): SignedRecord<JobAcknowledgement> | undefined {
    return this.#taken.at(-1)
  }

  #known(): KnownJob {
    const { asker, job, pricePerKiloToken, signing } = this.#init
    return {
      ...{ provider: signing.selfId, asker, job, pricePerKiloToken },
      ...{ delivered: this.#delivered, taken: this.#taken },
      ...(this.#receipt && { receiptHash: this.#receipt.hash })
    }
  }

  #totals(): JobTotals {
    return { ...this.#delivered, microCredits: amountOf(this.#delivered, this.#init.pricePerKiloToken) }
  }

  /** What came since the last time, and with the last signature the receipt that it signs. */
  #write(isLast: boolean): void {
    const { asker, ledger } = this.#init
    const totals = this.#totals()
    const acknowledged = this.#last === undefined ? 0 : paidTokens(this.#last.content)
    const credits = this.#last?.content.microCredits ?? 0
    const now = { tokens: paidTokens(totals), microCredits: credits, acknowledged }
    const more = {
      tokens: now.tokens - this.#written.tokens,
      acknowledgedTokens: now.acknowledged - this.#written.acknowledged,
      microCredits: now.microCredits - this.#written.microCredits
    }
    this.#written = now
    const signed = isLast && this.#receipt && this.#last && bothSigned(this.#receipt, this.#last)
    ledger.gave(asker, more, signed || undefined)
  }
}

function bothSigned(
  { content, envelope: receipt }: { content: JobReceipt; envelope: Uint8Array },
  { envelope: acknowledgement }: SignedRecord<JobAcknowledgement>
): BothSigned {
  return { content, receipt, acknowledgement }
}
