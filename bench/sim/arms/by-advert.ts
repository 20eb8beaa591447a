import { dispatchTo, type PolicyCandidate, type RoutingPolicy, type Scene } from '../../../src/routing/index.ts'
import { advertOffer } from '../../../src/routing/policies/offer.ts'

/** Policies that the tables compare with: one decision by adverts, nobody is asked. */
export const leastLoaded = byLeast('least-loaded', (_, { model }) => busyShare(model))

export const bestPredicted = byLeast('best-predicted', (scene, candidate) => {
  const { lastProvider } = scene
  const cachedTokens = lastProvider?.peerId === candidate.peerId ? lastProvider.cachedTokens : 0
  return advertOffer(scene.request, candidate, cachedTokens).totalMs
})

/** As mesh-llm: stays with the last provider unless its advert says that it is full. */
export const sticky: RoutingPolicy = {
  ...bestPredicted,
  name: 'sticky',
  plan(scene) {
    const last = scene.candidates.find(({ peerId }) => peerId === scene.lastProvider?.peerId)
    if (last !== undefined && last.isSuspect !== true && last.model.slots.free + 1 > last.model.queued) {
      return dispatchTo(last.peerId)
    }
    const { lastProvider: _, ...without } = scene
    return bestPredicted.plan(without)
  }
}

function byLeast(name: string, cost: (scene: Scene, candidate: PolicyCandidate) => number): RoutingPolicy {
  return {
    name,
    sees: 'all',
    plan(scene) {
      let best: { peerId: string; cost: number } | undefined
      let ties = 0
      for (const candidate of scene.candidates) {
        if (candidate.isSuspect === true) continue
        const its = cost(scene, candidate)
        ties = its === best?.cost ? ties + 1 : 1
        const isBetter = best === undefined || its < best.cost || (its === best.cost && scene.random() < 1 / ties)
        if (isBetter) best = { peerId: candidate.peerId, cost: its }
      }
      return dispatchTo(best?.peerId)
    },
    rank: () => []
  }
}

function busyShare({ slots, queued }: PolicyCandidate['model']): number {
  return (slots.total - slots.free + queued) / slots.total
}
