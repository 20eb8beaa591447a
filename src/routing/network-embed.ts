import {
  type EmbedFacts,
  type EmbedOptions,
  isAuto,
  type ModelTask,
  matchesModel,
  ProtocolError,
  peerOf,
  throwIfAborted,
  toP2paiError
} from '../interface/index.ts'
import { blame } from './blame.ts'
import { type Choice, choose } from './choose.ts'
import { withRemainingTime } from './deadline.ts'
import { MAX_ATTEMPTS } from './gap.ts'
import { type FailedAttempt, withAttempts } from './give-up.ts'
import { Lookout } from './lookout.ts'
import { PrefixShare } from './prefix-share.ts'
import type { ProviderSearchInit } from './provider-search.ts'
import { Verdicts } from './verdicts.ts'

/** What a run needs. */
export interface EmbedRunInit extends ProviderSearchInit {
  /** For logs: never sees content. */
  onAttempt?: (peerId: string, outcome: string) => void
}

/** One request for vectors or ranks. */
export interface EmbedAsked<Request, Result> {
  request: Request
  task: ModelTask
  options: EmbedOptions
  /** Asks whoever was chosen, this machine or a peer. */
  open: (choice: Choice, request: Request, options: EmbedOptions) => Promise<Result>
}

/**
 * One request for vectors or ranks on its way through the network. Nothing is given out before it is whole, so that
 * another provider takes over at any time.
 */
export class EmbedRun<Request extends { model: string; deadlineMs?: number }, Result extends EmbedFacts> {
  /** All that failed, in order. */
  readonly attempts: FailedAttempt[] = []
  readonly #init: EmbedRunInit
  readonly #asked: EmbedAsked<Request, Result>
  readonly #lookout: Lookout
  readonly #tried = new Set<string>()
  readonly #share = new PrefixShare()
  readonly #verdicts = new Verdicts()
  readonly #startedAtMs = performance.now()

  constructor(init: EmbedRunInit, asked: EmbedAsked<Request, Result>) {
    this.#init = init
    this.#asked = asked
    const { request, task, options } = asked
    this.#lookout = new Lookout(init, {
      model: request.model,
      task,
      route: options.route ?? {},
      signal: options.signal
    })
  }

  /** The result; nothing when nobody gave one. Throws when it may not be asked for again. */
  async result(): Promise<Result | undefined> {
    while (this.attempts.length < MAX_ATTEMPTS) {
      throwIfAborted(this.#asked.options.signal)
      const choice = await this.#next()
      if (choice === undefined) break
      const result = await this.#attempt(choice)
      if (result !== undefined) return result
    }
    const verdict = this.#verdicts.first
    if (verdict !== undefined && !this.#hasBusy) throw withAttempts(verdict, this.attempts)
    return undefined
  }

  async #next(): Promise<Choice | undefined> {
    const { selfId, local, directory, suspects, random } = this.#init
    const { request, task, options } = this.#asked
    const { model } = request
    const route = options.route ?? {}
    const isOwnAllowed = route.peer === undefined || peerOf(route.peer) === selfId
    const localModels = isOwnAllowed ? await local.models() : []
    const scene = { model, task, route, selfId, localModels, directory, suspects, ...(random && { random }) }
    const pick = (isLastResort = false) =>
      choose({ ...scene, tried: this.#tried, crowded: this.#share.crowded, isLastResort })
    // Nobody waits for a search to hear that a request is wrong.
    const choice =
      this.#verdicts.first === undefined
        ? await this.#lookout.next(pick, { isHurried: this.#hasBusy, hasOwnModels: localModels.length > 0 })
        : pick()
    if (choice === undefined) return undefined
    this.#tried.add(choice.peerId)
    if (!choice.isLocal) this.#share.count(directory.prefixOf(choice.peerId))
    return choice
  }

  get #hasBusy(): boolean {
    return this.attempts.some(({ error }) => error.code === 'busy')
  }

  /** Nothing when another provider may be asked. */
  async #attempt(choice: Choice): Promise<Result | undefined> {
    const { open, request, options } = this.#asked
    const provider = { peerId: choice.peerId }
    const onEvent: EmbedOptions['onEvent'] = event =>
      options.onEvent?.(event.type === 'accepted' ? { ...event, provider } : event)
    try {
      const result = await open(choice, withRemainingTime(request, this.#startedAtMs), { ...options, onEvent })
      // Vectors of another model would look right and mean nothing.
      if (!isAuto(request.model) && !matchesModel(request.model, result.model)) {
        throw new ProtocolError('the provider used another model than was asked for')
      }
      const { suspects, directory } = this.#init
      suspects.clear(choice.peerId)
      for (const wrong of this.#verdicts.contradictedBy(choice)) suspects.rest(wrong, directory.get(wrong))
      this.#init.onAttempt?.(choice.peerId, 'ok')
      return { ...result, provider }
    } catch (error) {
      const failure = toP2paiError(error)
      this.#init.onAttempt?.(choice.peerId, failure.code)
      // Nobody is to blame for what breaks while the asker leaves.
      if (!choice.isLocal && options.signal?.aborted !== true) blame(this.#init, choice.peerId, failure)
      throwIfAborted(options.signal)
      this.attempts.push({ peerId: choice.peerId, outcome: failure.code, error: failure })
      if (failure.retryable) return undefined
      if (this.#verdicts.add(choice, failure)) throw failure
      this.#share.crowd(this.#init.directory.prefixOf(choice.peerId))
      return undefined
    }
  }
}
