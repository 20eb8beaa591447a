import { admissible } from './gate.ts'
import { shuffled } from './order.ts'
import { dispatchTo, type PolicyCandidate, type RoutingPolicy } from './policy.ts'

/**
 * As p2p-ai chose: the peer that was used least recently among those that do nothing, whatever their speed. Its
 * registry knew who is busy and when anybody used it last; here both come from adverts and the asker's own memory.
 * To compare with, not to recommend.
 */
export const lru: RoutingPolicy = {
  name: 'lru',
  sees: 'all',
  plan(scene) {
    const usable = shuffled(admissible(scene), scene.random)
    const idle = usable.filter(isIdle)
    const oldestFirst = (idle.length > 0 ? idle : usable).sort((a, b) => agoOf(b) - agoOf(a))
    return dispatchTo(oldestFirst[0]?.peerId)
  },
  rank: () => []
}

function isIdle({ model: { slots, queued } }: PolicyCandidate): boolean {
  return slots.free >= slots.total && queued === 0
}

/** A huge number, not infinity: differences are sorted by. */
function agoOf({ lastUsedAgoMs = Number.MAX_SAFE_INTEGER }: PolicyCandidate): number {
  return lastUsedAgoMs
}
