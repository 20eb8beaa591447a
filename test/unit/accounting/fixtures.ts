import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { onTestFinished } from 'vitest'
import type { Ledger, LedgerLimits } from '../../../src/accounting/index.ts'
import type { Signing } from '../../../src/accounting/signing.ts'
import { amountOf, type JobAcknowledgement, type JobReceipt } from '../../../src/interface/index.ts'
import { openLedgerFile } from '../../../src/node/books/index.ts'
import { signingWith } from '../../../src/node/books/signing.ts'

export const JOB = '0123456789abcdef0123456789abcdef'
export const DIGEST = 'ab'.repeat(32)
export const PRICE = 500

/** Somebody with a key. */
export interface Party extends Signing {
  key: PrivateKey
}

export async function party(): Promise<Party> {
  const key = await generateKeyPair('Ed25519')
  return { ...signingWith(key), selfId: peerIdFromPrivateKey(key).toString(), key }
}

/** A ledger that is closed with the test. */
export async function ledgerOf(file?: string, limits?: LedgerLimits): Promise<Ledger> {
  const ledger = await openLedgerFile(file, limits)
  onTestFinished(() => ledger.close())
  return ledger
}

/** An acknowledgement of a job at `PRICE`, true unless told otherwise. */
export function acknowledgement(provider: string, changes: Partial<JobAcknowledgement> = {}): JobAcknowledgement {
  const tokens = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 64, ...changes }
  return { provider, job: JOB, sequence: 1, microCredits: amountOf(tokens, PRICE), ...tokens }
}

/** A receipt of a job at `PRICE`. */
export function receipt(asker: string, changes: Partial<JobReceipt> = {}): JobReceipt {
  const tokens = { promptTokens: 30, cachedPromptTokens: 10, completionTokens: 100, ...changes }
  return {
    asker,
    job: JOB,
    modelDigest: DIGEST,
    pricePerKiloToken: PRICE,
    microCredits: amountOf(tokens, PRICE),
    promisedFirstTokenMs: 400,
    observedFirstTokenMs: 420,
    totalMs: 3_000,
    issuedAtMs: 1_700_000_000_000,
    ...tokens
  }
}
