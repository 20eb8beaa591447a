import { randomUUID } from 'node:crypto'
import {
  AbortedError,
  type DeltaEvent,
  type EndEvent,
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  type P2paiError,
  ProtocolError,
  type Quote,
  type RemoteGenerate,
  throwIfAborted,
  toP2paiError,
  totalMs
} from '../interface/index.ts'
import type { Answered } from './audit/auditable.ts'
import { blame } from './blame.ts'
import type { Choice } from './choose.ts'
import type { Conversations } from './conversations.ts'
import { withRemainingTime } from './deadline.ts'
import { Delivered, resumeRule } from './delivered.ts'
import { type FirstToken, firstToken } from './first-token.ts'
import { Gap } from './gap.ts'
import type { FailedAttempt } from './give-up.ts'
import { Lane } from './lane.ts'
import type { AskedLength } from './output-length.ts'
import { Pace } from './pace.ts'
import { hedgeDelayMs, isWorthMoving, isWorthTying, mayTie } from './policies/index.ts'
import { ProviderChoice, type ProviderChoiceInit } from './provider-choice.ts'
import { ProviderSearch, type ProviderSearchInit } from './provider-search.ts'
import { StreamJudge } from './stream-judge.ts'

/** How often one answer goes on elsewhere. Each time it had got further, so this bounds the prompts that are read again. */
const MAX_RESUMES = 8
/** How often a provider may refuse a condition until that counts as a failure: one that refuses for ever is not asked for ever. */
const MAX_REFUSALS = 6
/**
 * How long a provider may take to say that it takes a request on a condition. `routing.md` says 0.4 s; it must count
 * the tokens of a long prompt first, which a busy machine does not do that fast.
 */
const ACCEPT_PATIENCE_MS = 1_000
/** A peer that must be dialled first gets this much longer to take a request on a condition. */
const DIAL_ALLOWANCE_MS = 1_500

/** What a request run needs. */
export interface RequestRunInit extends ProviderSearchInit {
  remote: RemoteGenerate
  choice: ProviderChoiceInit
  conversations: Conversations
  /** A peer has answered: see `Auditor`. `hasConsent` is what the request says; undefined leaves it to the node. */
  onAnswered?: (answered: Omit<Answered, 'hasConsent'> & { hasConsent: boolean | undefined }) => void
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
  readonly #length: AskedLength & { conversation: string }
  readonly #expectedTokens: number
  readonly #startedAtMs = performance.now()
  /** The request is over, whatever its end: what still runs for it is stopped. */
  readonly #over = new AbortController()
  #gap = new Gap()
  #resumes = 0
  #refusals = 0
  #hasMoved = false
  /** Of the provider that gives tokens now. */
  #pace = new Pace()
  #firstTokenMs = 0
  /** Whose tokens are given out. */
  #maker = { name: '', digest: '', quantization: '', parameterCount: 0 }

  constructor(init: RequestRunInit, request: GenerateRequest, options: GenerateOptions) {
    const lastTurn = init.conversations.find(request)
    this.#init = init
    this.#request = request
    this.#options = options
    this.#delivered = new Delivered(request)
    this.#length = {
      model: request.model,
      conversation: lastTurn?.id ?? randomUUID(),
      ...(request.maxTokens !== undefined && { maxTokens: request.maxTokens })
    }
    this.#expectedTokens = init.choice.experience.lengths.expect(this.#length)
    this.#choice = new ProviderChoice(init.choice, {
      request,
      lastTurn,
      expectedTokens: this.#expectedTokens,
      maxPricePerKiloToken: options.route?.maxPricePerKiloToken,
      signal: this.#over.signal
    })
    this.#search = new ProviderSearch(init, { request, options, delivered: this.#delivered, choice: this.#choice })
  }

  /** Yields the answer. Returns false when nobody gave one; throws when it may not be asked for again. */
  async *events(): AsyncGenerator<EngineEvent, boolean> {
    this.#init.choice.experience.begin()
    try {
      while (this.#gap.mayTry) {
        throwIfAborted(this.#options.signal)
        const choice = await this.#search.next(this.#gap.hasBusy)
        if (choice === undefined) {
          if (!(await this.#waitInGap())) break
          continue
        }
        if (yield* this.#attempt(choice)) return true
      }
      if (this.#delivered.isEmpty) return false
      throw this.#gap.error(this.attempts)
    } finally {
      this.#over.abort()
    }
  }

  /** Runs one attempt. True when the answer is whole, false while another may take over; throws when none may. */
  async *#attempt(choice: Choice): AsyncGenerator<EngineEvent, boolean> {
    const before = this.#delivered.tokens
    this.#delivered.next()
    let lane = this.#open(choice)
    try {
      const first = yield* this.#firstToken(lane)
      lane = first.lane
      if ('error' in first) throw first.error
      return yield* this.#rest(lane, first.event)
    } catch (error) {
      return this.#afterFailure(lane, toP2paiError(error), this.#delivered.tokens > before)
    } finally {
      await lane.close().catch(() => undefined)
    }
  }

  /** All up to the first token, with a second provider's help if that is late. */
  async *#firstToken(first: Lane): AsyncGenerator<EngineEvent, FirstToken> {
    const { experience } = this.#init.choice
    const promised = first.choice.quote
    const race = firstToken({
      first,
      ...this.#patience(first.choice),
      isTied: promised !== undefined && mayTie(promised),
      second: async why => {
        const choice = await this.#search.another()
        if (choice === undefined) return undefined
        const isWorth = why === 'tie' ? this.#isWorthTying(promised, choice.quote) : experience.takeHedge()
        if (isWorth) return this.#open(choice)
        this.#search.giveBack(choice)
        return undefined
      },
      onLeft: (lane, error) => {
        const failure = error === undefined ? new AbortedError('another provider was first') : toP2paiError(error)
        this.#record(lane, failure, error !== undefined)
      }
    })
    for (;;) {
      const { value, done } = await race.next()
      if (done) {
        if ('event' in value && this.#delivered.isEmpty) experience.firstToken(performance.now() - this.#startedAtMs)
        return value
      }
      yield this.#forReader(value.event, value.lane)
    }
  }

  #isWorthTying(first: Quote | undefined, second: Quote | undefined): boolean {
    return first !== undefined && second !== undefined && isWorthTying(first, second, this.#expectedTokens)
  }

  /** How long a remote provider may take until others are asked too. */
  #patience({ isLocal, rivals, acceptIf, quote, peerId }: Choice): { acceptWithinMs?: number; hedgeAfterMs?: number } {
    if (isLocal) return {}
    const { experience, rttMs } = this.#init.choice
    const { p90FirstTokenMs } = experience
    const roundTripMs = rttMs?.(peerId)
    const hedgeAfterMs = hedgeDelayMs({
      ...(quote && { quotedFirstTokenMs: quote.firstTokenMs }),
      ...(p90FirstTokenMs !== undefined && { ownP90Ms: p90FirstTokenMs })
    })
    const isChoice = acceptIf !== undefined && (rivals?.length ?? 1) > 1
    const acceptWithinMs = ACCEPT_PATIENCE_MS + (roundTripMs ?? DIAL_ALLOWANCE_MS)
    return { hedgeAfterMs, ...(isChoice && { acceptWithinMs }) }
  }

  /** The answer from its first token on. Returns false when it shall go on elsewhere because it is slow here. */
  async *#rest(lane: Lane, first: DeltaEvent | EndEvent): AsyncGenerator<EngineEvent, boolean> {
    const { choice } = lane
    const judge = new StreamJudge(choice.quote?.decodeTokensPerSecond ?? choice.model?.decodeTokensPerSecond)
    let faster: Promise<void> | undefined
    let moveTo: Choice | undefined
    this.#pace = new Pace()
    this.#firstTokenMs = performance.now() - lane.startedAtMs
    for (let event: EngineEvent = first; ; ) {
      // Before it is given out: most readers leave at the end, and nothing after it would run.
      if (event.type === 'end') this.#succeeded(lane, event)
      yield this.#forReader(event, lane)
      if (event.type === 'end') return true
      if (event.type === 'delta' && judge.isSlow(event.tokenCount) && this.#mayMove(choice)) {
        faster ??= this.#findFaster(judge.tokensPerSecond).then(found => {
          moveTo = found
        })
      }
      if (moveTo !== undefined) {
        this.#hasMoved = true
        this.#search.prefer(moveTo)
        throw new AbortedError('the provider is slower than it promised')
      }
      const askedAtMs = performance.now()
      const { value, done } = await lane.peek()
      lane.take()
      if (done === true) throw new ProtocolError('the answer has no end')
      event = value
      this.#pace.came(event.type === 'delta' ? event.tokenCount : 0, performance.now() - askedAtMs)
    }
  }

  #mayMove({ isLocal, model }: Choice): boolean {
    const { isAllowed } = resumeRule(this.#options.route ?? {})
    return !isLocal && !this.#hasMoved && isAllowed && model?.features.resume === true
  }

  /** Somebody who would need so much less time for the rest that moving is worth a prompt read again. */
  async #findFaster(tokensPerSecond: number): Promise<Choice | undefined> {
    const left = Math.max(1, this.#expectedTokens - this.#delivered.tokens)
    const choice = await this.#search.another()
    if (choice === undefined) return undefined
    const isWorth =
      choice.quote !== undefined && isWorthMoving(totalMs(choice.quote, left), (1_000 * left) / tokensPerSecond)
    if (isWorth) return choice
    this.#search.giveBack(choice)
    return undefined
  }

  #open(choice: Choice): Lane {
    const { conversationTag: _ofAnother, ...untagged } = withRemainingTime(this.#request, this.#startedAtMs)
    const tag = this.#tagFor(choice.peerId)
    const request = this.#delivered.request(untagged, choice.model?.digest)
    const { acceptIf } = choice
    const sent = { ...request, ...(tag && { conversationTag: tag }), ...(acceptIf && { acceptIf }) }
    if (!choice.isLocal) this.#init.choice.experience.use(choice.peerId)
    return new Lane(choice, this.#options.signal, signal =>
      choice.isLocal
        ? this.#init.local.generate(sent, { ...this.#options, signal })
        : this.#init.remote(choice.address, sent, signal)
    )
  }

  /** A tag means something to the provider that made it only. */
  #tagFor(peerId: string): Uint8Array | undefined {
    const turn = this.#init.conversations.find(this.#request)
    return turn === undefined || turn.peerId === peerId
      ? (this.#request.conversationTag ?? turn?.conversationTag)
      : undefined
  }

  #forReader(event: EngineEvent, { choice }: Lane): EngineEvent {
    if (event.type === 'accepted') {
      const { digest } = event.model
      if (!this.#delivered.isEmpty && choice.model !== undefined && digest !== choice.model.digest) {
        throw new ProtocolError('the provider goes on with another model than it advertised')
      }
      const isAdvertised = choice.model?.digest === digest
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
    // A condition that was not met is no failure of anybody: the next choice has its quote.
    if (choice.acceptIf !== undefined && (error.details.quote !== undefined || isUnconditional(error))) {
      throwIfAborted(this.#options.signal)
      this.#search.refused(choice, error.details.quote)
      if (++this.#refusals > MAX_REFUSALS) this.#gap.add({ peerId: choice.peerId, outcome: error.code, error })
      return false
    }
    const hasLeft = error instanceof AbortedError && this.#hasMoved && hasDelivered
    if (hasLeft && !choice.isLocal) this.#learn(lane)
    const failure = this.#record(lane, error, !hasLeft)
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
    if (this.#delivered.isEmpty && !error.retryable) throw error
    return false
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
    await this.#search.wait(pauseMs)
    return true
  }

  #succeeded(lane: Lane, end: EndEvent): void {
    const { peerId, quote, isLocal } = lane.choice
    lane.finish()
    this.#init.suspects.clear(peerId)
    this.#init.onAttempt?.(peerId, 'ok')
    this.#init.choice.experience.lengths.learn(this.#length, this.#delivered.tokens)
    if (isLocal) return
    const { conversations } = this.#init
    conversations.remember({
      request: this.#request,
      text: this.#delivered.text,
      peerId,
      end,
      id: this.#length.conversation
    })
    this.#learn(lane, quote && totalMs(quote, end.usage.completionTokens))
    this.#answered(lane)
  }

  /** What the peer did against what it promised: for the whole answer, or by the speed that it advertises. */
  #learn({ choice }: Lane, promisedMs?: number): void {
    const { experience } = this.#init.choice
    const { peerId, quote, model } = choice
    const { tokensPerSecond, waitedMs } = this.#pace
    experience.saw(peerId, { firstTokenMs: this.#firstTokenMs, ...(tokensPerSecond && { tokensPerSecond }) })
    const pace = this.#pace.kept(quote?.decodeTokensPerSecond ?? model?.decodeTokensPerSecond)
    const whole = promisedMs === undefined ? pace : { promisedMs, observedMs: this.#firstTokenMs + waitedMs }
    if (whole !== undefined) experience.observe(peerId, whole, pace)
  }

  #answered({ choice }: Lane): void {
    const { deny, audit } = this.#options.route ?? {}
    const answer = this.#resumes === 0 ? this.#delivered.answer : undefined
    this.#init.onAnswered?.({
      request: this.#request,
      peerId: choice.peerId,
      digest: this.#maker.digest,
      hasConsent: audit,
      ...(answer && { answer }),
      ...(deny && { deny })
    })
  }
}

/** A provider that does not know conditions. */
function isUnconditional({ code, details }: P2paiError): boolean {
  return code === 'unsupported_feature' && details.field === 'accept_if'
}
