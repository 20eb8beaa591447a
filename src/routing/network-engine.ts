import {
  cannotDo,
  type EmbedFacts,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  type ModelTask,
  NoProviderError,
  peerOf,
  RefusedError,
  type RemoteEmbed,
  type RemoteQuote,
  type RerankRequest,
  type RerankResult,
  type RouteOptions,
  servesModel,
  taskOf,
  validateEmbedRequest,
  validateRequest,
  validateRerankRequest
} from '../interface/index.ts'
import { Conversations } from './conversations.ts'
import { withDeadline } from './deadline.ts'
import { Experience } from './experience.ts'
import { giveUpError, type KnownAtEnd } from './give-up.ts'
import { type EmbedAsked, EmbedRun } from './network-embed.ts'
import { policyOf } from './policies/index.ts'
import { remoteModelInfo } from './remote-model-info.ts'
import type { Reputation } from './reputation.ts'
import { RequestRun, type RequestRunInit } from './request-run.ts'

/** What the engine needs. */
export interface NetworkEngineInit extends Omit<RequestRunInit, 'choice' | 'conversations'> {
  /** What was found out about peers before. @default nothing */
  experience?: Experience
  reputation?: Reputation
  remoteEmbed: RemoteEmbed
  /** Peers that are never asked. @default none */
  denied?: readonly string[]
  /** Asks a peer what a request would cost. @default adverts alone decide */
  quote?: RemoteQuote
  /** How providers are chosen: see `policyOf`. @default 'rec' */
  policy?: string
  /** What may be paid for a request now. @default what the request says */
  priceCap?: (route: RouteOptions) => { maxPricePerKiloToken?: number; isSpent: boolean }
  /** Told of each request. */
  onRequest?: (model: string, task: ModelTask) => void
  /** Round trip to a peer, where it was measured. */
  rttMs?: (peerId: string) => number | undefined
}

const TASKS: readonly ModelTask[] = ['chat', 'embeddings', 'rerank']

/** The whole network as one engine: picks who answers, and who goes on with the answer when that one is lost. */
export class NetworkEngine implements InferenceEngine {
  readonly kind = 'network'
  readonly #init: NetworkEngineInit
  readonly #run: RequestRunInit

  /** Throws `InvalidRequestError` for a policy that is none. */
  constructor(init: NetworkEngineInit) {
    this.#init = init
    const { directory, quote, policy = 'rec', rttMs, random = Math.random, reputation } = init
    const choice = {
      policy: policyOf(policy),
      experience: init.experience ?? new Experience({ random }),
      ...(reputation && { reputation }),
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
    for (const { model } of TASKS.flatMap(task => this.#init.directory.candidates('auto', task))) {
      if (!known.has(model.digest)) known.set(model.digest, remoteModelInfo(model))
    }
    return [...known.values()]
  }

  status(): EngineStatus[] {
    return this.#init.local.status()
  }

  async *generate(request: GenerateRequest, unbounded: GenerateOptions = {}): AsyncGenerator<EngineEvent> {
    const checked = validateRequest(request)
    const cap = this.#init.priceCap?.(unbounded.route ?? {})
    const options = withDeadline(withCap(this.#withDenied(unbounded), cap?.maxPricePerKiloToken), checked.deadlineMs)
    const run = new RequestRun(this.#runBy(options.route?.policy), checked, options)
    this.#init.onRequest?.(checked.model, taskOf(checked))
    try {
      if (yield* run.events()) return
      const known = await this.#knownAtEnd(checked.model, taskOf(checked), options.route ?? {})
      throw giveUpError(checked.model, run.attempts, known)
    } catch (error) {
      throw cap?.isSpent === true && error instanceof NoProviderError ? spentError(error) : error
    }
  }

  async embed(request: EmbedRequest, options: EmbedOptions = {}): Promise<EmbedResult> {
    const { local, remoteEmbed } = this.#init
    return await this.#compute<EmbedRequest, EmbedResult>({
      request: validateEmbedRequest(request),
      task: 'embeddings',
      options,
      open: async (choice, now, { signal = new AbortController().signal, ...rest }) => {
        if (!choice.isLocal) return await remoteEmbed.embed(choice.address, now, signal, rest.onEvent)
        if (local.embed === undefined) throw cannotDo(now.model, 'embeddings')
        return await local.embed(now, { ...rest, signal })
      }
    })
  }

  async rerank(request: RerankRequest, options: EmbedOptions = {}): Promise<RerankResult> {
    const { local, remoteEmbed } = this.#init
    return await this.#compute<RerankRequest, RerankResult>({
      request: validateRerankRequest(request),
      task: 'rerank',
      options,
      open: async (choice, now, { signal = new AbortController().signal, ...rest }) => {
        if (!choice.isLocal) return await remoteEmbed.rerank(choice.address, now, signal, rest.onEvent)
        if (local.rerank === undefined) throw cannotDo(now.model, 'rerank')
        return await local.rerank(now, { ...rest, signal })
      }
    })
  }

  async close(): Promise<void> {
    await this.#init.local.close()
  }

  async #compute<Request extends { model: string; deadlineMs?: number }, Result extends EmbedFacts>(
    asked: EmbedAsked<Request, Result>
  ): Promise<Result> {
    const { model, deadlineMs } = asked.request
    const options = withDeadline(this.#withDenied(asked.options), deadlineMs)
    this.#init.onRequest?.(model, asked.task)
    const run = new EmbedRun(this.#init, { ...asked, options })
    const result = await run.result()
    if (result !== undefined) return result
    throw giveUpError(model, run.attempts, await this.#knownAtEnd(model, asked.task, options.route ?? {}))
  }

  /** Throws `InvalidRequestError` for a policy that is none. */
  #runBy(policy: string | undefined): RequestRunInit {
    return policy === undefined
      ? this.#run
      : { ...this.#run, choice: { ...this.#run.choice, policy: policyOf(policy) } }
  }

  #withDenied<Options extends GenerateOptions>(options: Options): Options {
    const { denied = [] } = this.#init
    if (denied.length === 0) return options
    return { ...options, route: { ...options.route, deny: [...denied, ...(options.route?.deny ?? [])] } }
  }

  async #knownAtEnd(model: string, task: ModelTask, route: RouteOptions): Promise<KnownAtEnd> {
    const { directory, suspects, selfId } = this.#init
    const local = await this.#init.local.models()
    if (route.local === true || (route.peer !== undefined && peerOf(route.peer) === selfId)) {
      return { task, models: local, leftOut: [] }
    }
    return {
      task,
      models: [...local, ...directory.all().flatMap(advert => advert.models)],
      leftOut: suspects.leftOut(offered => servesModel(model, offered, task))
    }
  }
}

function withCap(options: GenerateOptions, maxPricePerKiloToken: number | undefined): GenerateOptions {
  return maxPricePerKiloToken === undefined
    ? options
    : { ...options, route: { ...options.route, maxPricePerKiloToken } }
}

function spentError(cause: NoProviderError): RefusedError {
  const message = 'the budget of this day (UTC) is spent, and nobody in reach answers for nothing'
  return new RefusedError(message, { cause, details: cause.details })
}
