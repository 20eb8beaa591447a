import {
  type AcceptIf,
  type AdvertisedModel,
  type Candidate,
  canDo,
  type ModelInfo,
  type ModelTask,
  peerOf,
  type Quote,
  RefusedError,
  type RouteOptions,
  servesModel
} from '../interface/index.ts'
import type { ResumingModel } from './delivered.ts'
import type { ProviderDirectory } from './directory.ts'
import { rankCandidates } from './rank.ts'
import type { Suspects } from './suspects.ts'

/** Who is asked next. */
export interface Choice {
  peerId: string
  /** What to dial: a peer id, or the multiaddr that the user named. */
  address: string
  isLocal: boolean
  /** What is known of its model; nothing of a peer that the user named. */
  model?: ResumingModel & Partial<AdvertisedModel>
  /** All who could answer with the same model as well as this one, best advert first; it is among them. */
  rivals?: readonly Candidate[]
  /** Bounds that it must meet to take the request. */
  acceptIf?: AcceptIf
  /** What it promised, if it was asked. */
  quote?: Quote
}

/** What the choice is made from. */
export interface ChooseInput {
  model: string
  /** What the model shall do. @default 'chat' */
  task?: ModelTask
  route: RouteOptions
  selfId: string
  localModels: readonly ModelInfo[]
  directory: ProviderDirectory
  suspects: Suspects
  /** Peers that this request was sent to already. */
  tried: ReadonlySet<string>
  /** Address prefixes that had their share of attempts: others come first. */
  crowded?: ReadonlySet<string>
  /** Nobody else was found: take who rests after a failure, or a model of this machine that failed. */
  isLastResort?: boolean
  /** Which models may answer. @default all */
  accepts?: (model: ResumingModel) => boolean
  /** Peers that gave a part of this answer and were lost: the last resort, since a line may come back. */
  known?: ReadonlyMap<string, Choice>
  random?: () => number
}

/**
 * The first rule of p2pai: this machine's own models, then the best provider, and the built-in model only when there
 * is no other, this machine's before a stranger's. A peer named by the user is taken as named.
 */
export function choose(input: ChooseInput): Choice | undefined {
  const { route, selfId, tried, isLastResort = false, task = 'chat' } = input
  const accepts = input.accepts ?? (() => true)
  const serves = (model: ModelInfo) =>
    servesModel(input.model, model, task) && canDo(model.features, task) && accepts(model)
  const own = tried.has(selfId) ? [] : input.localModels.filter(serves)
  const sound = own.filter(isSound)
  const self = (model: ModelInfo | undefined): Choice => ({
    peerId: selfId,
    address: selfId,
    isLocal: true,
    ...(model && { model })
  })
  // A model here that failed is asked again where there is no other: it may have recovered, and else says why not.
  const anyOwn = own.length > 0 ? self(sound[0] ?? own[0]) : undefined
  if (route.local === true) return anyOwn
  if (route.peer !== undefined) {
    const peerId = peerOf(route.peer)
    if (peerId === selfId) return anyOwn
    if (route.deny?.includes(peerId))
      throw new RefusedError(`${peerId} is never asked here: it is denied as a provider`)
    return tried.has(peerId) ? undefined : { peerId, address: route.peer, isLocal: false }
  }
  const real = sound.find(model => !model.builtIn)
  if (real !== undefined) return self(real)
  const remote = bestRemote(input)
  if (sound.length > 0 && (remote?.[0] === undefined || remote[0].model.builtIn)) return self(sound[0])
  if (remote?.[0] !== undefined) return { ...remoteChoice(remote[0]), rivals: remote }
  return isLastResort ? (anyOwn ?? lostOne(input)) : undefined
}

/** A provider as a choice. */
export function remoteChoice({ advert, model }: Candidate): Choice {
  return { peerId: advert.peerId, address: advert.peerId, isLocal: false, model }
}

/** One that was lost in the middle of this answer, whatever else is said of it. */
function lostOne({ known, tried, accepts = () => true }: ChooseInput): Choice | undefined {
  const mayGoOn = ({ peerId, model }: Choice) => !tried.has(peerId) && (model === undefined || accepts(model))
  return [...(known?.values() ?? [])].find(mayGoOn)
}

/**
 * The best provider that is not left out, as far as there is one from a prefix that had no share yet; and behind it
 * all others of that kind with the same model.
 */
function bestRemote(input: ChooseInput): Candidate[] | undefined {
  const { directory, route, suspects, tried, crowded, isLastResort, accepts = () => true } = input
  const mayAnswer = ({ advert, model }: Candidate) =>
    !tried.has(advert.peerId) &&
    !suspects.has(advert.peerId) &&
    route.deny?.includes(advert.peerId) !== true &&
    accepts(model)
  const ranked = rankCandidates(directory.candidates(input.model, input.task).filter(mayAnswer), input.random)
  const rested = ranked.filter(({ advert }) => !suspects.isResting(advert.peerId))
  // Many keys on one machine must not use up all attempts, so that even a resting peer elsewhere comes before them.
  const elsewhere = ({ advert }: (typeof ranked)[number]) => crowded?.has(directory.prefixOf(advert.peerId)) !== true
  const kinds = [rested.filter(elsewhere)]
  if (rested.length > 0 || isLastResort === true) kinds.push(ranked.filter(elsewhere), rested, ranked)
  const kind = kinds.find(({ length }) => length > 0)
  return kind?.filter(({ model }) => model.digest === kind[0]?.model.digest)
}

function isSound(model: ModelInfo): boolean {
  return model.state !== 'quarantined' && model.state !== 'failed'
}
