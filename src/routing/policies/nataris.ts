import { admissible } from './gate.ts'
import { dispatchTo, type PolicyCandidate, type RoutingPolicy } from './policy.ts'

/** Factor by thermal state: nominal, fair, serious and worse. */
const THERMAL_FACTORS = [1, 0.3, 0.1]
const WARM_BONUS = 0.2
/** A peer unused for a whole day gains the whole of it. The article tells of the rotation, not of its weight. */
const ROTATION_BONUS = 0.1
const ROTATION_MS = 24 * 60 * 60 * 1_000
/** What a full peer's factor is worth still; our guess, as the article does not say. */
const FULL_FACTOR = 0.5
/** Whoever scores at least this share of the best is as good as it. */
const BAND = 0.6
/** Requests in the queue, for each slot, after which a peer would refuse. */
const QUEUE_PER_SLOT = 2
/** Memory a parameter takes at most in the quantizations that phones run. */
const BYTES_PER_PARAMETER = 1

/**
 * As Nataris described its choice: cool, warm and long unused peers score high, and one within 60 % of the best is
 * drawn. Speed, queue and prefix do not count. To compare with, not to recommend.
 */
export const nataris: RoutingPolicy = {
  name: 'nataris',
  sees: 'all',
  plan(scene) {
    const usable = admissible(scene).filter(candidate => fitsMemory(candidate) && hasQueueLeft(candidate))
    const scores = usable.map(natarisScore)
    const top = scores.reduce((best, score) => Math.max(best, score), 0)
    const band = usable.filter((_, index) => scores[index]! >= BAND * top)
    return dispatchTo(band[Math.floor(scene.random() * band.length)]?.peerId)
  },
  rank: () => []
}

/** Between 0.05 and 1.3. */
export function natarisScore({ model, thermal = 0, lastUsedAgoMs = ROTATION_MS }: PolicyCandidate): number {
  const factor = THERMAL_FACTORS[Math.min(THERMAL_FACTORS.length - 1, Math.max(0, Math.floor(thermal)))]!
  const rotation = ROTATION_BONUS * Math.min(1, lastUsedAgoMs / ROTATION_MS)
  return factor * (model.slots.free > 0 ? 1 : FULL_FACTOR) + (model.warm ? WARM_BONUS : 0) + rotation
}

/** Memory is a gate, not a score: a model that is loaded already needs no more of it. */
function fitsMemory({ model, freeMemoryBytes = Number.POSITIVE_INFINITY }: PolicyCandidate): boolean {
  return model.warm || freeMemoryBytes >= model.parameterCount * BYTES_PER_PARAMETER
}

function hasQueueLeft({ model: { queued, slots } }: PolicyCandidate): boolean {
  return queued < QUEUE_PER_SLOT * slots.total
}
