import { AUTO_MODEL, type ModelInfo, matchesModel, type RouteOptions } from '../interface/index.ts'
import type { ProviderDirectory } from './directory.ts'
import { rankCandidates } from './rank.ts'
import type { Suspects } from './suspects.ts'

/** Who is asked next. */
export interface Choice {
  peerId: string
  /** What to dial: a peer id, or the multiaddr that the user named. */
  address: string
  isLocal: boolean
}

/** What the choice is made from. */
export interface ChooseInput {
  model: string
  route: RouteOptions
  selfId: string
  localModels: readonly ModelInfo[]
  directory: ProviderDirectory
  suspects: Suspects
  /** Peers that this request was sent to already. */
  tried: ReadonlySet<string>
  random?: () => number
}

/**
 * The first rule of p2pai: this machine's own models, then the best provider, and the built-in model only when there
 * is no other, this machine's before a stranger's. A peer named by the user is taken as named.
 */
export function choose(input: ChooseInput): Choice | undefined {
  const { route, selfId, tried } = input
  const own = input.localModels.filter(model => isServable(model) && matches(input.model, model))
  const self: Choice | undefined =
    own.length > 0 && !tried.has(selfId) ? { peerId: selfId, address: selfId, isLocal: true } : undefined
  if (route.local === true) return self
  if (route.peer !== undefined) {
    const peerId = peerOf(route.peer)
    if (peerId === selfId) return self
    return tried.has(peerId) ? undefined : { peerId, address: route.peer, isLocal: false }
  }
  if (self !== undefined && own.some(model => !model.builtIn)) return self
  const remote = rankCandidates(
    input.directory
      .candidates(input.model)
      .filter(({ advert }) => !tried.has(advert.peerId) && !input.suspects.has(advert.peerId)),
    input.random
  )[0]
  if (self !== undefined && (remote === undefined || remote.model.builtIn)) return self
  return remote && { peerId: remote.advert.peerId, address: remote.advert.peerId, isLocal: false }
}

/** The peer id at the end of a multiaddr; a text that is no multiaddr is taken as a peer id. */
export function peerOf(peer: string): string {
  return peer.startsWith('/') ? peer.slice(peer.lastIndexOf('/p2p/') + '/p2p/'.length) : peer
}

function isServable(model: ModelInfo): boolean {
  return model.state !== 'quarantined' && model.state !== 'failed'
}

function matches(wanted: string, model: ModelInfo): boolean {
  return matchesModel(wanted, model) && (wanted !== AUTO_MODEL || model.features.chat)
}
