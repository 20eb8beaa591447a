import {
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  peerOf,
  type RemoteQuote,
  type RouteOptions,
  servesModel,
  validateRequest
} from '../interface/index.ts'
import { Conversations } from './conversations.ts'
import { Experience } from './experience.ts'
import { giveUpError, type KnownAtEnd } from './give-up.ts'
import { policyOf } from './policies/index.ts'
import { remoteModelInfo } from './remote-model-info.ts'
import { RequestRun, type RequestRunInit } from './request-run.ts'

/** What the engine needs. */
export interface NetworkEngineInit extends Omit<RequestRunInit, 'choice' | 'conversations'> {
  /** Peers that are never asked. @default none */
  denied?: readonly string[]
  /** Asks a peer what a request would cost. @default adverts alone decide */
  quote?: RemoteQuote
  /** How providers are chosen: see `policyOf`. @default 'rec' */
  policy?: string
  /** Round trip to a peer, where it was measured. */
  rttMs?: (peerId: string) => number | undefined
}

/** The whole network as one engine: picks who answers, and who goes on with the answer when that one is lost. */
export class NetworkEngine implements InferenceEngine {
  readonly kind = 'network'
  readonly #init: NetworkEngineInit
  readonly #run: RequestRunInit

  /** Throws `InvalidRequestError` for a policy that is none. */
  constructor(init: NetworkEngineInit) {
    this.#init = init
    const { directory, quote, policy = 'rec', rttMs, random = Math.random } = init
    const choice = {
      policy: policyOf(policy),
      experience: new Experience({ random }),
      prefixOf: (peerId: string) => directory.prefixOf(peerId),
      advertAgeMs: (peerId: string) => directory.ageMs(peerId),
      random,
      ...(quote && { quote }),
      ...(rttMs && { rttMs })
    }
    this.#run = { ...init, choice, conversations: new Conversations() }
  }

  /** This machine's models, and those of known providers, each once. */
  async models(): Promise<ModelInfo[]> {
    const local = await this.#init.local.models()
    const known = new Map(local.map(model => [model.digest, model]))
    for (const { model } of this.#init.directory.candidates('auto')) {
      if (!known.has(model.digest)) known.set(model.digest, remoteModelInfo(model))
    }
    return [...known.values()]
  }

  status(): EngineStatus[] {
    return this.#init.local.status()
  }

  async *generate(request: GenerateRequest, unbounded: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    const checked = validateRequest(request)
    const options = withDeadline(this.#withDenied(unbounded), checked.deadlineMs)
    const run = new RequestRun(this.#run, checked, options)
    if (yield* run.events()) return
    throw giveUpError(checked.model, run.attempts, await this.#knownAtEnd(checked.model, options.route ?? {}))
  }

  async close(): Promise<void> {
    await this.#init.local.close()
  }

  #withDenied(options: GenerateOptions): GenerateOptions {
    const { denied = [] } = this.#init
    if (denied.length === 0) return options
    return { ...options, route: { ...options.route, deny: [...denied, ...(options.route?.deny ?? [])] } }
  }

  async #knownAtEnd(model: string, route: RouteOptions): Promise<KnownAtEnd> {
    const { directory, suspects, selfId } = this.#init
    const local = (await this.#init.local.models()).map(({ name }) => name)
    if (route.local === true || (route.peer !== undefined && peerOf(route.peer) === selfId)) {
      return { names: local, leftOut: [] }
    }
    const adverts = directory.all()
    return {
      names: [...local, ...adverts.flatMap(advert => advert.models.map(({ name }) => name))],
      leftOut: suspects.leftOut(offered => servesModel(model, offered))
    }
  }
}

/** The deadline bounds the search and the dialling too, not the answering alone. */
function withDeadline(options: GenerateOptions, deadlineMs: number | undefined): GenerateOptions {
  if (deadlineMs === undefined) return options
  const over = AbortSignal.timeout(deadlineMs)
  return { ...options, signal: options.signal === undefined ? over : AbortSignal.any([options.signal, over]) }
}
