import {
  DeadlineExceededError,
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  type P2paiError,
  ProtocolError,
  type ProviderSource,
  type RemoteGenerate,
  type RouteOptions,
  servesModel,
  throwIfAborted,
  toP2paiError,
  validateRequest
} from '../interface/index.ts'
import { blameFor } from './blame.ts'
import { type Choice, choose, peerOf } from './choose.ts'
import type { ProviderDirectory } from './directory.ts'
import { DISCOVERY_TIMEOUT_MS, discover } from './discovery.ts'
import { type FailedAttempt, giveUpError, type KnownAtEnd } from './give-up.ts'
import { PrefixShare } from './prefix-share.ts'
import { remoteModelInfo } from './remote-model-info.ts'
import type { Suspects } from './suspects.ts'

/** Providers asked for one request before it is given up, as in `routing.md` 3.5. */
const MAX_ATTEMPTS = 6
/** How long a request looks for others while those that are known are busy or rest: whoever asks wants to hear soon. */
const SHORT_SEARCH_MS = 1_000

/** What the engine needs. */
export interface NetworkEngineInit {
  /** This node, as it stands in attempts. */
  selfId: string
  /** The engines of this machine; may hold no model. */
  local: InferenceEngine
  directory: ProviderDirectory
  suspects: Suspects
  remote: RemoteGenerate
  sources: readonly ProviderSource[]
  /** For logs: never sees content. */
  onAttempt?: (peerId: string, outcome: string) => void
  onSourceError: (source: string, error: unknown) => void
  random?: () => number
}

/** What one request has done so far. */
interface Progress {
  attempts: FailedAttempt[]
  tried: Set<string>
  share: PrefixShare
  hasSearchedBriefly: boolean
}

/** The whole network as one engine: picks who answers, and another one when that fails before the first token. */
export class NetworkEngine implements InferenceEngine {
  readonly kind = 'network'
  readonly #init: NetworkEngineInit

  constructor(init: NetworkEngineInit) {
    this.#init = init
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
    const options = withDeadline(unbounded, checked.deadlineMs)
    const startedAtMs = performance.now()
    const progress: Progress = { attempts: [], tried: new Set(), share: new PrefixShare(), hasSearchedBriefly: false }
    const { attempts, tried, share } = progress
    while (attempts.length < MAX_ATTEMPTS) {
      throwIfAborted(options.signal)
      const choice = await this.#next(checked, options, progress)
      if (choice === undefined) break
      tried.add(choice.peerId)
      if (!choice.isLocal) share.count(this.#init.directory.prefixOf(choice.peerId))
      const failure = yield* this.#attempt(choice, withRemainingTime(checked, startedAtMs), options, attempts)
      if (failure === undefined) return
      attempts.push(failure)
    }
    throw giveUpError(checked.model, attempts, await this.#knownAtEnd(checked.model, options.route ?? {}))
  }

  async close(): Promise<void> {
    await this.#init.local.close()
  }

  /** Runs one attempt. Returns its failure while another may take over; throws when none may. */
  async *#attempt(
    choice: Choice,
    request: GenerateRequest,
    options: GenerateOptions,
    earlier: readonly FailedAttempt[]
  ): AsyncGenerator<EngineEvent, FailedAttempt | undefined> {
    let hasText = false
    try {
      for await (const event of this.#open(choice, request, options)) {
        hasText ||= event.type === 'delta'
        // Before it is given out: most readers leave at the end, and nothing after it would run.
        if (event.type === 'end') this.#succeeded(choice.peerId)
        yield this.#annotate(event, choice, earlier)
        if (event.type === 'end') return undefined
      }
      throw new ProtocolError('the answer has no end')
    } catch (error) {
      const failure = toP2paiError(error)
      this.#init.onAttempt?.(choice.peerId, failure.code)
      // Nobody is to blame for what breaks while the asker leaves.
      if (!choice.isLocal && options.signal?.aborted !== true) this.#blame(choice.peerId, failure)
      // Whatever broke then, the asker left or its time was over.
      throwIfAborted(options.signal)
      if (hasText || !failure.retryable) throw failure
      return { peerId: choice.peerId, outcome: failure.code, error: failure }
    }
  }

  #open(choice: Choice, request: GenerateRequest, options: GenerateOptions): AsyncIterable<EngineEvent> {
    if (choice.isLocal) return this.#init.local.generate(request, options)
    return this.#init.remote(choice.address, request, options.signal ?? new AbortController().signal)
  }

  #annotate(event: EngineEvent, choice: Choice, earlier: readonly FailedAttempt[]): EngineEvent {
    if (event.type === 'accepted') return { ...event, provider: { peerId: choice.peerId } }
    if (event.type !== 'end') return event
    const before = earlier.map(({ peerId, outcome }) => ({ peerId, outcome }))
    return { ...event, attempts: [...before, { peerId: choice.peerId, outcome: 'ok' }] }
  }

  #succeeded(peerId: string): void {
    this.#init.suspects.clear(peerId)
    this.#init.onAttempt?.(peerId, 'ok')
  }

  #blame(peerId: string, failure: P2paiError): void {
    const { suspects, directory } = this.#init
    const blame = blameFor(failure)
    if (blame === 'rest') suspects.rest(peerId, directory.get(peerId))
    if (blame !== 'strike') return
    suspects.strike(peerId, directory.get(peerId))
    directory.remove(peerId)
  }

  /** The best provider not tried yet; looks for more when there is none. */
  async #next(request: GenerateRequest, options: GenerateOptions, progress: Progress): Promise<Choice | undefined> {
    const { selfId, directory, suspects, random } = this.#init
    const { attempts, tried, share } = progress
    const route = options.route ?? {}
    const localModels = route.peer === undefined || peerOf(route.peer) === selfId ? await this.#init.local.models() : []
    const { model } = request
    const scene = { model, route, selfId, localModels, directory, suspects, tried, ...(random && { random }) }
    const pick = (isLastResort = false) => choose({ ...scene, crowded: share.crowded, isLastResort })
    const found = pick()
    // A named peer is dialled as it is, and a local prompt must not leave: neither needs a search.
    if (found !== undefined || route.local === true || route.peer !== undefined) return found
    const isBrief = attempts.some(attempt => attempt.error.code === 'busy') || pick(true) !== undefined
    if (isBrief && progress.hasSearchedBriefly) return pick(true)
    progress.hasSearchedBriefly ||= isBrief
    const longestMs = route.discoveryTimeoutMs ?? DISCOVERY_TIMEOUT_MS
    await discover(
      { directory, sources: this.#init.sources, onError: this.#init.onSourceError },
      {
        model,
        isEnough: () => pick() !== undefined,
        timeoutMs: isBrief ? Math.min(SHORT_SEARCH_MS, longestMs) : longestMs,
        hasOwnModels: localModels.length > 0,
        signal: options.signal
      }
    )
    throwIfAborted(options.signal)
    return pick() ?? pick(true)
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

/** Throws `DeadlineExceededError` when no time is left. */
function withRemainingTime(request: GenerateRequest, startedAtMs: number): GenerateRequest {
  if (request.deadlineMs === undefined) return request
  const deadlineMs = Math.floor(request.deadlineMs - (performance.now() - startedAtMs))
  if (deadlineMs >= 1) return { ...request, deadlineMs }
  throw new DeadlineExceededError(`no answer within ${request.deadlineMs} ms`)
}

/** The deadline bounds the search and the dialling too, not the answering alone. */
function withDeadline(options: GenerateOptions, deadlineMs: number | undefined): GenerateOptions {
  if (deadlineMs === undefined) return options
  const over = AbortSignal.timeout(deadlineMs)
  return { ...options, signal: options.signal === undefined ? over : AbortSignal.any([options.signal, over]) }
}
