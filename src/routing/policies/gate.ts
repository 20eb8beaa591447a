import type { PolicyCandidate, Scene } from './policy.ts'

/**
 * Who may be asked at all: the prompt fits its context, it is no suspect, it costs no more than the cap. The model,
 * and whom the user denies, were looked at when the scene was made.
 */
export function admissible({ request, candidates }: Pick<Scene, 'request' | 'candidates'>): PolicyCandidate[] {
  const cap = request.maxPricePerKiloToken ?? Number.POSITIVE_INFINITY
  return candidates.filter(
    ({ model, isSuspect, pricePerKiloToken = 0 }) =>
      model.slots.total > 0 &&
      model.contextSizeTokens > request.promptTokens &&
      isSuspect !== true &&
      pricePerKiloToken <= cap
  )
}
