import { drawPeers } from '../../../src/routing/index.ts'
import type { Asker } from '../asker.ts'
import { providerOf } from '../world.ts'
import type { SimArm } from './arm.ts'

const UNKNOWN_MS = 30
const DECAY_MS = 300_000
const FAILED_MS = 60_000

interface History {
  latencyMs: number
  outstanding: number
  atMs: number
}

/** Peak EWMA over two drawn peers, from each asker's own history. */
export function peakEwma(): SimArm {
  const histories = new Map<Asker, Map<string, History>>()
  const historyOf = (asker: Asker) => {
    const known = histories.get(asker) ?? new Map<string, History>()
    histories.set(asker, known)
    return known
  }
  let nowMs = 0
  return {
    name: 'ewma',
    sees: 2,
    direct({ world, asker, request, isLeftOut }) {
      nowMs = world.events.nowMs
      const history = historyOf(asker)
      const cost = (peerId: string) => {
        const known = history.get(peerId)
        if (known === undefined) return UNKNOWN_MS + world.random() * 0.001
        return known.latencyMs * Math.exp(-(nowMs - known.atMs) / DECAY_MS) * (known.outstanding + 1)
      }
      const leaveOut = { size: 0, has: isLeftOut }
      const [first, second] = drawPeers(world.known[request.model]!.peerIds, 2, leaveOut, world.random)
      if (first === undefined) return undefined
      const peerId = second !== undefined && cost(second) < cost(first) ? second : first
      const known = history.get(peerId) ?? { latencyMs: 5_000, outstanding: 0, atMs: nowMs }
      history.set(peerId, { ...known, outstanding: known.outstanding + 1 })
      return { provider: providerOf(world, peerId) }
    },
    onAnswer(asker, { peerId }, tookMs) {
      const history = historyOf(asker)
      const known = history.get(peerId)
      if (known === undefined) return
      const outstanding = Math.max(0, known.outstanding - 1)
      const seenMs = tookMs === 'failed' ? FAILED_MS : tookMs
      // A peak counts at once, an improvement slowly.
      const latencyMs = seenMs > known.latencyMs ? seenMs : 0.7 * known.latencyMs + 0.3 * seenMs
      history.set(peerId, { latencyMs, outstanding, atMs: nowMs })
    }
  }
}
