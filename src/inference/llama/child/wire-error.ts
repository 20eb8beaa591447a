import { toP2paiError } from '../../../interface/index.ts'
import type { WireError } from '../ipc.ts'

/** A failure in the form that crosses to the parent. */
export function toWireError(error: unknown): WireError {
  const { code, message, details } = toP2paiError(error)
  return { code, message, details }
}
