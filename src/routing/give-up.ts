import {
  type Attempt,
  BusyError,
  errorFromCode,
  ModelNotFoundError,
  NoProviderError,
  nearestNames,
  type P2paiError
} from '../interface/index.ts'

/** One try that failed. */
export interface FailedAttempt extends Attempt {
  error: P2paiError
}

/** Codes that say something about the peer, not about the request: it is not asked again for a while. */
const STRIKES = new Set<string>(['provider_unreachable', 'provider_lost', 'provider_silent', 'protocol_error'])

/** Whether a failure counts against the peer. A busy peer, or one whose engine died, is alive. */
export function isStrike(error: P2paiError): boolean {
  return STRIKES.has(error.code)
}

/**
 * The error of a request that nobody could answer: `busy` if anyone was, with the shortest wait, else what the last
 * provider said; without any attempt, that the model or a provider is missing.
 */
export function giveUpError(
  model: string,
  attempts: readonly FailedAttempt[],
  knownNames: readonly string[]
): P2paiError {
  const details = { attempts: attempts.map(({ peerId, outcome }) => ({ peerId, outcome })) }
  const busy = attempts.filter(attempt => attempt.error.code === 'busy')
  if (busy.length > 0) {
    const retryAfterMs = Math.min(...busy.map(attempt => attempt.error.details.retryAfterMs ?? 1_000))
    return new BusyError(`all ${busy.length} providers of ${model} that answered are busy`, {
      cause: busy.at(-1)?.error,
      details: { ...details, retryAfterMs }
    })
  }
  const last = attempts.at(-1)
  if (last !== undefined) {
    return errorFromCode(last.error.code, last.error.message, { ...last.error.details, ...details })
  }
  if (knownNames.length === 0) return new NoProviderError(`no provider of ${model} was found`)
  const suggestions = nearestNames(model, knownNames)
  return new ModelNotFoundError(`nobody in reach serves ${model}; near it are ${suggestions.join(', ')}`, {
    details: { suggestions }
  })
}
