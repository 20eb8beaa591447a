import { createHash } from 'node:crypto'
import { JOB_ID_BYTES } from '../../interface/index.ts'

/** The id of a job, 32 hex digits: of both sides' random bytes, so that none of them can make an old one come back. */
export function jobIdOf(askerNonce: Uint8Array, providerNonce: Uint8Array): string {
  const hash = createHash('sha256').update('p2p-ai-job').update(askerNonce).update(providerNonce)
  return hash.digest('hex').slice(0, 2 * JOB_ID_BYTES)
}

/** Whether bytes can be one side's half of an id. */
export function isJobNonce(bytes: Uint8Array): boolean {
  return bytes.byteLength === JOB_ID_BYTES
}
