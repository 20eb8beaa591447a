import { drawPeers } from '../../../src/routing/index.ts'
import { MODEL_SPEED } from '../devices.ts'
import { VIEW } from '../scene.ts'
import { providerOf } from '../world.ts'
import type { DirectInput, SimArm } from './arm.ts'

/** As Petals: the speed that was announced once for all, and the way there; no queue. */
export const fastest: SimArm = { name: 'fastest', sees: 'all', direct: choose }

const HOP_MS = 18

function choose({ asker, isLeftOut, request, world }: DirectInput) {
  const { expectedTokens, model, promptTokens } = request
  const peerIds = drawPeers(world.known[model]!.peerIds, VIEW, { size: 0, has: isLeftOut }, world.random)
  const costMs = (peerId: string) => {
    const provider = providerOf(world, peerId)
    const { device, lie } = provider
    const workMs = (1_000 * (promptTokens / device.prefill + expectedTokens / device.decode)) / MODEL_SPEED[model]!
    return asker.rttMs(provider) / 2 + HOP_MS + workMs / lie
  }
  const [best] = peerIds.map(peerId => ({ peerId, ms: costMs(peerId) })).sort((a, b) => a.ms - b.ms)
  return best && { provider: providerOf(world, best.peerId) }
}
