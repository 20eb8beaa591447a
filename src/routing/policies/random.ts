import { admissible } from './gate.ts'
import { dispatchTo, type RoutingPolicy } from './policy.ts'

/** Anybody, drawn. The floor that other policies are measured against. */
export const random: RoutingPolicy = {
  name: 'random',
  sees: 'all',
  plan(scene) {
    const usable = admissible(scene)
    return dispatchTo(usable[Math.floor(scene.random() * usable.length)]?.peerId)
  },
  rank: () => []
}
