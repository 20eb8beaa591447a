import { InternalError, P2paiError, toP2paiError } from '../../../interface/index.ts'
import type { WireError } from '../ipc.ts'
import type { LogRing } from './log-ring.ts'

/** A failure in the form that crosses to the parent. */
export function toWireError(error: unknown): WireError {
  const { code, message, details } = toP2paiError(error)
  return { code, message, details }
}

/** Native failures are bare; their cause is in the log. */
export function explained(error: unknown, ring: LogRing): P2paiError {
  if (error instanceof P2paiError) return error
  const known = toP2paiError(error)
  const cause = ring.cause()
  return known instanceof InternalError && cause !== '' ? new InternalError(`${known.message}: ${cause}`) : known
}
