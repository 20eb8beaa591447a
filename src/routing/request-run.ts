import { randomUUID } from 'node:crypto'
import {
  AbortedError,
  type EndEvent,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  type P2paiError,
  peerOf,
  type RemoteGenerate,
  throwIfAborted,
  toP2paiError
} from '../interface/index.ts'
import { blame } from './blame.ts'
import type { Choice } from './choose.ts'
import { Delivered, resumeRule } from './delivered.ts'
import { type FirstToken, firstToken } from './first-token.ts'
import { Gap } from './gap.ts'
import { type FailedAttempt, withAttempts } from './give-up.ts'
import { Help } from './help.ts'
import type { Lane } from './lane.ts'
import { Lessons, type LessonsInit } from './lessons.ts'
import { openLane } from './open-lane.ts'
import { mayTie } from './policies/index.ts'
import { ProviderChoice, type ProviderChoiceInit } from './provider-choice.ts'
import { ProviderSearch, type ProviderSearchInit } from './provider-search.ts'
import { restOfAnswer } from './rest-of-answer.ts'
import { Verdicts } from './verdicts.ts'

/** How often one answer goes on elsewhere. Each time it had got further, so this bounds the prompts that are read again. */
const MAX_RESUMES = 8
/** How many providers may refuse a condition, each once, until that counts as a failure. */
const MAX_REFUSALS = 6

/** Why what still runs for a request is stopped at its end; made once, for all of them. */
const IS_OVER = new AbortedError('the request is over')

/** What a request run needs. */
export interface RequestRunInit extends ProviderSearchInit, Pick<LessonsInit, 'conversations' | 'onAnswered'> {
  remote: RemoteGenerate
  choice: ProviderChoiceInit
  /** For logs: never sees content. */
  onAttempt?: (peerId: string, outcome: string) => void
}

/** One request on its way through the network: picks who answers, and who goes on when that one is lost. */
export class RequestRun {
  /** All that failed, in order. */
  readonly attempts: FailedAttempt[] = []
  readonly #init: RequestRunInit
  readonly #request: GenerateRequest
  readonly #options: GenerateOptions
  readonly #delivered: Delivered
  readonly #search: ProviderSearch
  readonly #choice: ProviderChoice
  readonly #help: Help
  readonly #lessons: Lessons
  readonly #expectedTokens: number
  readonly #tagOf: (peerId: string, isLocal?: boolean) => Uint8Array | undefined
  readonly #startedAtMs = performance.now()
  /** The request is over, whatever its end: what still runs for it is stopped. */
  readonly #over = new AbortController()
  readonly #verdicts = new Verdicts()
  /** Who refused a condition. */
  readonly #refusing = new Set<string>()
  #gap = new Gap()
  #resumes = 0
  #hasMoved = false
  /** Whose tokens are given out. */
  #maker = { name: '', digest: '', quantization: '', parameterCount: 0 }

  constructor(init: RequestRunInit, request: GenerateRequest, options: GenerateOptions) {
    const lastTurn = init.conversations.find(request)
    const named = peerOf(options.route?.peer ?? '')
    this.#init = init
    this.#request = request
    this.#options = options
    this.#delivered = new Delivered(request)
    const length = {
      model: request.model,
      conversation: lastTurn?.id ?? randomUUID(),
      ...(request.maxTokens !== undefined && { maxTokens: request.maxTokens })
    }
    this.#expectedTokens = init.choice.experience.lengths.expect(length)
    this.#tagOf = (peerId, isLocal = false) =>
      init.conversations.tagFor({ peerId, isNamed: isLocal || peerId === named }, request, lastTurn)
    this.#choice = new ProviderChoice(init.choice, {
      lastTurn,
      tagOf: this.#tagOf,
      expectedTokens: () => this.#tokensLeft,
      maxPricePerKiloToken: options.route?.maxPricePerKiloToken,
      signal: this.#over.signal
    })
    const { experience, rttMs } = init.choice
    const delivered = this.#delivered
    this.#search = new ProviderSearch(init, { request, options, delivered, choice: this.#choice })
    const tokensLeft = () => this.#tokensLeft
    this.#help = new Help({ search: this.#search, experience, tokensLeft, ...(rttMs && { rttMs }) })
    const { conversations, onAnswered } = init
    this.#lessons = new Lessons(
      { experience, conversations, ...(onAnswered && { onAnswered }) },
      { request, route: options.route ?? {}, delivered, length }
    )
  }

  /** Yields the answer. Returns false when nobody gave one; throws when it may not be asked for again. */
  async *events(): AsyncGenerator<EngineEvent, boolean> {
    this.#init.choice.experience.begin()
    try {
      while (this.#gap.mayTry) {
        throwIfAborted(this.#options.signal)
        const choice = this.#gap.needsPause ? undefined : await this.#next()
        if (choice === undefined) {
          if (!(await this.#waitInGap())) break
          continue
        }
        if (yield* this.#attempt(choice)) return true
      }
      if (!this.#delivered.isEmpty) throw this.#gap.error(this.attempts)
      const verdict = this.#verdicts.first
      if (verdict !== undefined && !this.#gap.hasBusy) throw withAttempts(verdict, this.attempts)
      return false
    } finally {
      this.#over.abort(IS_OVER)
    }
  }

  /** A second opinion is asked of those who are known; nobody waits for a search to hear that a request is wrong. */
  async #next(): Promise<Choice | undefined> {
    const isKnownOnly = this.#delivered.isEmpty && this.#verdicts.first !== undefined
    return await this.#search.next({ hasBusy: this.#gap.hasBusy, isKnownOnly })
  }

  /** Runs one attempt. True when the answer is whole, false while another may take over; throws when none may. */
  async *#attempt(choice: Choice): AsyncGenerator<EngineEvent, boolean> {
    const { tokens } = this.#delivered
    this.#delivered.next()
    let lane = this.#open(choice)
    try {
      const first = yield* this.#firstToken(lane)
      lane = first.lane
      if ('error' in first) throw first.error
      const { event } = first
      this.#lessons.begin(lane)
      const moveTo = yield* restOfAnswer({
        lane,
        first: event,
        pace: this.#lessons.pace,
        toReader: this.#toReader,
        onEnd: end => this.#succeeded(lane, end),
        mayMove: () => this.#mayMove(lane.choice),
        findFaster: async tokensPerSecond => await this.#help.faster(tokensPerSecond)
      })
      if (moveTo !== undefined) this.#move(lane, moveTo)
      return moveTo === undefined
    } catch (error) {
      return this.#afterFailure(lane, toP2paiError(error), this.#delivered.tokens > tokens)
    } finally {
      await lane.close().catch(() => undefined)
    }
  }

  /** All up to the first token, with a second provider's help if that is late. */
  async *#firstToken(first: Lane): AsyncGenerator<EngineEvent, FirstToken> {
    const { experience } = this.#init.choice
    const promised = first.choice.quote
    const result = yield* firstToken({
      first,
      ...this.#help.patience(first.choice),
      isTied: promised !== undefined && mayTie(promised),
      second: async why => {
        const choice = await this.#help.second(first, why)
        return choice && this.#open(choice)
      },
      toReader: this.#toReader,
      onLeft: (lane, error) => {
        const failure = error === undefined ? new AbortedError('another provider was first') : toP2paiError(error)
        if (error === undefined) this.#lessons.late(lane)
        this.#record(lane, failure, error !== undefined)
      }
    })
    if ('event' in result && this.#delivered.isEmpty) experience.firstToken(performance.now() - this.#startedAtMs)
    return result
  }

  #mayMove({ isLocal, model }: Choice): boolean {
    const { isAllowed } = resumeRule(this.#options.route ?? {})
    const isBounded = !this.#hasMoved && this.#resumes < MAX_RESUMES
    return !isLocal && isBounded && isAllowed && model?.features.resume === true
  }

  /** Leaves a provider that is slower than it promised, and which is not to blame for more than that. */
  #move(lane: Lane, to: Choice): void {
    this.#hasMoved = true
    this.#resumes++
    this.#lessons.learn(lane)
    this.#gap = new Gap(this.#record(lane, new AbortedError('the provider is slower than it promised'), false))
    this.#choice.failed()
    this.#search.lose(lane.choice)
    this.#search.prefer(to)
  }

  #open(choice: Choice): Lane {
    const {
      local,
      remote,
      choice: { experience }
    } = this.#init
    if (!choice.isLocal) experience.use(choice.peerId)
    return openLane(choice, {
      local,
      remote,
      request: this.#request,
      options: this.#options,
      startedAtMs: this.#startedAtMs,
      delivered: this.#delivered,
      tagOf: ({ peerId, isLocal }) => this.#tagOf(peerId, isLocal)
    })
  }

  get #tokensLeft(): number {
    return Math.max(1, this.#expectedTokens - this.#delivered.tokens)
  }

  readonly #toReader = (event: EngineEvent, { choice }: Lane): EngineEvent => {
    if (event.type === 'accepted') {
      const isAdvertised = choice.model?.digest === event.model.digest
      this.#maker = { quantization: '', parameterCount: 0, ...event.model, ...(isAdvertised && choice.model) }
      return { ...event, provider: { peerId: choice.peerId } }
    }
    if (event.type === 'delta') this.#delivered.add(event, this.#maker)
    if (event.type !== 'end') return event
    const earlier = this.attempts.map(({ peerId, outcome }) => ({ peerId, outcome }))
    return { ...this.#delivered.whole(event), attempts: [...earlier, { peerId: choice.peerId, outcome: 'ok' }] }
  }

  #afterFailure(lane: Lane, error: P2paiError, hasDelivered: boolean): boolean {
    const { choice } = lane
    if (this.#isRefusal(choice, error)) {
      throwIfAborted(this.#options.signal)
      this.#refusing.add(choice.peerId)
      this.#search.refused(choice, error.details.quote)
      return false
    }
    const failure = this.#record(lane, error, true)
    // Whatever broke then, the asker left or its time was over.
    throwIfAborted(this.#options.signal)
    this.#choice.failed()
    if (hasDelivered) {
      this.#gap = new Gap(failure)
      this.#search.lose(choice)
      if (!resumeRule(this.#options.route ?? {}).isAllowed || ++this.#resumes > MAX_RESUMES) {
        throw this.#gap.error(this.attempts)
      }
      return false
    }
    this.#gap.add(failure)
    // In the middle of an answer it says something about this provider: another one took the very same request.
    if (!this.#delivered.isEmpty || error.retryable) return false
    if (this.#verdicts.add(choice, error)) throw error
    this.#search.doubt(choice)
    return false
  }

  /**
   * A condition that was not met is no failure of anybody: the next choice has the quote. Who refuses once more, or
   * after many others, is counted like all that are busy.
   */
  #isRefusal({ acceptIf, peerId }: Choice, error: P2paiError): boolean {
    const isRefused = acceptIf !== undefined && (error.details.quote !== undefined || isUnconditional(error))
    return isRefused && !this.#refusing.has(peerId) && this.#refusing.size < MAX_REFUSALS
  }

  /** Notes what became of a provider, and what that says of it. */
  #record({ choice }: Lane, error: P2paiError, isToBlame: boolean): FailedAttempt {
    const failure: FailedAttempt = { peerId: choice.peerId, outcome: error.code, error }
    this.attempts.push(failure)
    this.#init.onAttempt?.(choice.peerId, error.code)
    // Nobody is to blame for what breaks while the asker leaves.
    if (isToBlame && !choice.isLocal && this.#options.signal?.aborted !== true) blame(this.#init, choice.peerId, error)
    return failure
  }

  /** Whether it makes sense to try again, after a while that passes here. */
  async #waitInGap(): Promise<boolean> {
    const { pauseMs } = this.#gap
    if (pauseMs === undefined || !this.#search.mayComeBack) return false
    if (await this.#search.wait(pauseMs)) this.#gap.nextRound()
    return true
  }

  #succeeded(lane: Lane, end: EndEvent): void {
    const { peerId } = lane.choice
    const { suspects, directory, onAttempt } = this.#init
    lane.finish()
    suspects.clear(peerId)
    for (const wrong of this.#verdicts.contradictedBy(lane.choice)) suspects.rest(wrong, directory.get(wrong))
    onAttempt?.(peerId, 'ok')
    this.#lessons.end(lane, end, { digest: this.#maker.digest, isOfOne: this.#resumes === 0 })
  }
}

/** A provider that does not know conditions. */
function isUnconditional({ code, details }: P2paiError): boolean {
  return code === 'unsupported_feature' && details.field === 'accept_if'
}
