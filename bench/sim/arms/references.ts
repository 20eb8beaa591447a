import { DEADLINE_MS } from '../config.ts'
import { type Device, MODEL_SPEED } from '../devices.ts'
import { trueForesight } from '../foresight.ts'
import type { Provider } from '../provider.ts'
import { expectedService, realService } from '../service.ts'
import type { DirectInput, SimArm } from './arm.ts'

/** Sees every peer as it is now, and how long the answers ahead will be; not the future. */
export const oracle: SimArm = { name: 'oracle', sees: 'all', isConnected: true, direct: input => best(input, false) }

/** Sees the luck of each job and each death too. */
export const clairvoyant: SimArm = {
  name: 'clairvoyant',
  sees: 'all',
  isConnected: true,
  direct: input => best(input, true)
}

function best(input: DirectInput, isClairvoyant: boolean) {
  const { world, asker, request, isLeftOut } = input
  let least = Number.POSITIVE_INFINITY
  let chosen: Provider | undefined
  for (const peerId of world.known[request.model]!.peerIds) {
    if (isLeftOut(peerId)) continue
    const provider = world.providers[Number(peerId)]!
    // Nobody is faster than its device; most of ten thousand are out by that.
    if (!isClairvoyant && leastMs(provider.device, request) >= least) continue
    const totalMs = trueTotalMs(input, provider, isClairvoyant) + asker.rttMs(provider)
    if (totalMs < least) {
      least = totalMs
      chosen = provider
    }
  }
  return chosen && { provider: chosen }
}

function leastMs({ decode }: Device, { model, restTokens }: DirectInput['request']): number {
  return (1_000 * restTokens) / (decode * MODEL_SPEED[model]!)
}

function trueTotalMs({ world, request }: DirectInput, provider: Provider, isClairvoyant: boolean): number {
  if (!provider.isAlive) return Number.POSITIVE_INFINITY
  const { nowMs } = world.events
  const { active, device, warm } = provider
  const input = {
    promptTokens: request.promptTokens,
    outputTokens: request.restTokens,
    cachedTokens: provider.cachedTokens(request.conversationId, request.promptTokens),
    isWarm: warm.has(request.model),
    others: Math.min(active.length, device.slots - 1)
  }
  const job = { ...request, isMeasured: false }
  const { loadMs, prefillMs, decodeMs } = isClairvoyant
    ? realService(provider, job, input, nowMs)
    : expectedService(provider, request.model, input, nowMs)
  const totalMs = trueForesight(provider, nowMs, request.model) + loadMs + prefillMs + decodeMs
  const diesFirst = nowMs + totalMs + 200 > provider.deathAtMs
  return isClairvoyant && diesFirst ? totalMs + DEADLINE_MS * 1_000 : totalMs
}
