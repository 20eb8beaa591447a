import { type ErrorCode, type P2paiError, ProviderSilentError, RelayLimitError } from '../interface/index.ts'
import type { ProviderDirectory } from './directory.ts'
import type { Suspects } from './suspects.ts'

/** What a failure costs the provider: `strike` a long pause, `rest` a short one that yields when nobody else is left. */
export type Blame = 'strike' | 'rest'

/** Codes that are missing say something about the request, the asker or the load, not about the provider. */
const BLAME: Partial<Record<ErrorCode, Blame>> = {
  // Dead, silent or lying. An honest node has names for what goes wrong, so `internal` is no excuse.
  provider_unreachable: 'strike',
  provider_lost: 'strike',
  provider_silent: 'strike',
  protocol_error: 'strike',
  internal: 'strike',
  // Alive, but not as advertised. Honest nodes get there too and recover, often within seconds.
  engine_crashed: 'rest',
  engine_stopped: 'rest',
  bad_model: 'rest',
  model_not_found: 'rest',
  model_quarantined: 'rest',
  insufficient_memory: 'rest',
  download_failed: 'rest',
  refused: 'rest',
  no_provider: 'rest',
  unsupported_feature: 'rest'
}

/**
 * A request on a condition was not taken in time. The time is short, and who counts a long prompt on a busy machine
 * needs it too, so this one rests where others that are silent are struck.
 */
export class NotTakenError extends ProviderSilentError {}

/** What this failure costs the provider; nothing when it is not to blame. */
export function blameFor(error: P2paiError): Blame | undefined {
  if (error instanceof RelayLimitError) return undefined
  return error instanceof NotTakenError ? 'rest' : blameForCode(error.code)
}

/** The same for the code of an error. */
export function blameForCode(code: ErrorCode): Blame | undefined {
  return BLAME[code]
}

/** Lets a provider bear what its failure costs. */
export function blame(
  { suspects, directory }: { suspects: Suspects; directory: ProviderDirectory },
  peerId: string,
  failure: P2paiError
): void {
  const cost = blameFor(failure)
  if (cost === 'rest') suspects.rest(peerId, directory.get(peerId))
  if (cost !== 'strike') return
  suspects.strike(peerId, directory.get(peerId))
  directory.remove(peerId)
}
