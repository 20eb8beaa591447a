import {
  drawPeers,
  FRESH_CANDIDATES,
  type PolicyCandidate,
  type PolicyQuote,
  type RequestShape,
  type Scene
} from '../../src/routing/index.ts'
import type { Asker } from './asker.ts'
import type { Conversation } from './workload.ts'
import { providerOf, type World } from './world.ts'

/** Most adverts that a policy which wants all of them gets: what a node would have heard. */
export const VIEW = 512

/** What a scene is made from. */
export interface SceneInput {
  conversation: Conversation
  request: RequestShape
  attempt: number
  /** Peers that this request is done with. */
  leftOut: ReadonlySet<string>
  quotes: readonly (PolicyQuote & { atMs: number })[]
  refused: ReadonlySet<string>
}

/** The scene as the node would see it: adverts, and what the asker found out itself. */
export function sceneOf(world: World, input: SceneInput): Scene {
  const { conversation, request, attempt, leftOut, refused } = input
  const { asker, last } = conversation
  const nowMs = world.events.nowMs
  const isLastKnown = last !== undefined && !leftOut.has(last.provider.peerId)
  const quotes = input.quotes.map(({ atMs, ...quote }) => ({ ...quote, ageMs: nowMs - atMs }))
  const ids = candidateIds(world, conversation, leftOut, isLastKnown ? last.provider.peerId : undefined)
  // Whoever quoted is a candidate, though the next draw of fresh ones may not have it.
  for (const { peerId } of quotes) if (!leftOut.has(peerId)) ids.add(peerId)
  return {
    request,
    attempt,
    candidates: [...ids].map(peerId => candidateOf(world, asker, conversation.model, peerId)),
    ...(isLastKnown && { lastProvider: { peerId: last.provider.peerId, cachedTokens: last.tokens } }),
    quotes,
    refused,
    random: world.random
  }
}

function candidateIds(world: World, { asker, model }: Conversation, leftOut: ReadonlySet<string>, last?: string) {
  const known = world.known[model]!
  const { keepsLast = false, sees } = world.arm
  const isLeftOut = { size: leftOut.size, has: (peerId: string) => leftOut.has(peerId) || isSuspect(asker, peerId) }
  const draw = (count: number) => drawPeers(known.peerIds, count, isLeftOut, world.random)
  const ids = new Set<string>(last !== undefined && (keepsLast || sees === 'working-set') ? [last] : [])
  if (sees === 'working-set') {
    for (const peerId of asker.workingSet(model, known, world.events.nowMs)) if (!leftOut.has(peerId)) ids.add(peerId)
  }
  const drawn = sees === 'working-set' ? FRESH_CANDIDATES : sees === 'all' ? VIEW : sees
  for (const peerId of draw(drawn)) ids.add(peerId)
  return ids
}

function candidateOf(world: World, asker: Asker, model: number, peerId: string): PolicyCandidate {
  const { config, events } = world
  const provider = providerOf(world, peerId)
  const { advert, device } = provider
  const sinceAnyUseMs = Math.min(Number.MAX_SAFE_INTEGER, events.nowMs - provider.lastUsedAtMs)
  const lastUsedAgoMs = world.arm.isRegistry ? sinceAnyUseMs : asker.experience.lastUsedAgoMs(peerId)
  return {
    peerId,
    hardwareClass: device.kind,
    model: world.arm.isRegistry ? exactFlag(world, peerId, model) : advert.of(model),
    advertAgeMs: events.nowMs - advert.atMs,
    rttMs: asker.rttMs(provider),
    isSuspect: isSuspect(asker, peerId),
    thermal: advert.thermal,
    trust: config.usesTrust ? asker.receipts.trustOf(peerId) : 1,
    ...(lastUsedAgoMs !== undefined && { lastUsedAgoMs })
  }
}

/** There is always somebody else, so that who rests is passed over like who was struck. */
function isSuspect({ suspects }: Asker, peerId: string): boolean {
  return suspects.has(peerId) || suspects.isResting(peerId)
}

/** What p2p-ai's registry knew at once: who is busy. The dead never are. */
function exactFlag(world: World, peerId: string, model: number) {
  const { active, advert, device, isAlive, queue } = providerOf(world, peerId)
  const free = device.slots - (isAlive ? active.length : 0)
  return { ...advert.of(model), slots: { total: device.slots, free }, queued: isAlive ? queue.length : 0 }
}
