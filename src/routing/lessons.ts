import { type EndEvent, type GenerateRequest, type RouteOptions, totalMs } from '../interface/index.ts'
import type { Answered } from './audit/auditable.ts'
import type { Conversations } from './conversations.ts'
import type { Delivered } from './delivered.ts'
import type { Experience } from './experience.ts'
import type { Lane } from './lane.ts'
import type { AskedLength } from './output-length.ts'
import { Pace } from './pace.ts'

/** What is learnt from answers, for the life of a node. */
export interface LessonsInit {
  experience: Experience
  conversations: Conversations
  /** A peer has answered: see `Auditor`. `hasConsent` is what the request says; undefined leaves it to the node. */
  onAnswered?: (answered: Omit<Answered, 'hasConsent'> & { hasConsent: boolean | undefined }) => void
}

/** The request that is answered. */
export interface AskedRequest {
  request: GenerateRequest
  route: RouteOptions
  delivered: Delivered
  length: AskedLength & { conversation: string }
}

/** What one request teaches of those who answer it. */
export class Lessons {
  readonly #init: LessonsInit
  readonly #asked: AskedRequest
  #pace = new Pace()
  #firstTokenMs = 0

  constructor(init: LessonsInit, asked: AskedRequest) {
    this.#init = init
    this.#asked = asked
  }

  /** Of the provider that gives tokens now. */
  get pace(): Pace {
    return this.#pace
  }

  /** A provider gave its first token. */
  begin(lane: Lane): void {
    this.#pace = new Pace()
    this.#firstTokenMs = lane.elapsedMs
  }

  /** Another provider was first. A promise that is past is broken, whether or not the other one was lucky. */
  late({ choice: { peerId, quote }, elapsedMs }: Lane): void {
    if (quote === undefined || elapsedMs <= quote.firstTokenMs) return
    this.#init.experience.observe(peerId, { promisedMs: quote.firstTokenMs, observedMs: elapsedMs })
  }

  /**
   * What the provider did against what it promised: for what it gave, or by the speed that it advertises. By the count
   * of this side, since its own word could make it look quick.
   */
  learn({ choice: { peerId, quote, model } }: Lane): void {
    const { experience } = this.#init
    const { tokensPerSecond, waitedMs } = this.#pace
    experience.saw(peerId, { firstTokenMs: this.#firstTokenMs, ...(tokensPerSecond && { tokensPerSecond }) })
    const pace = this.#pace.kept(quote?.decodeTokensPerSecond ?? model?.decodeTokensPerSecond)
    const promisedMs = quote && totalMs(quote, this.#asked.delivered.tokensOfLast)
    const whole = promisedMs === undefined ? pace : { promisedMs, observedMs: this.#firstTokenMs + waitedMs }
    if (whole !== undefined) experience.observe(peerId, whole, pace)
  }

  /** The answer is whole. `digest` is of the model that ended it; `isOfOne`: nobody else gave a part. */
  end(lane: Lane, end: EndEvent, { digest, isOfOne }: { digest: string; isOfOne: boolean }): void {
    const { experience, conversations, onAnswered } = this.#init
    const { request, route, delivered, length } = this.#asked
    const { peerId, isLocal, acceptIf } = lane.choice
    // Counting a prompt is no answer, and fills no cache.
    if (request.maxTokens === 0) return
    experience.lengths.learn(length, delivered.tokens)
    if (isLocal) return
    conversations.remember({ request, text: delivered.text, peerId, end, id: length.conversation })
    this.learn(lane)
    const { deny, audit } = route
    const answer = isOfOne ? delivered.answer : undefined
    const what = { request, peerId, digest, ...(acceptIf && { acceptIf }), ...(answer && { answer }) }
    onAnswered?.({ ...what, hasConsent: audit, ...(deny && { deny }) })
  }
}
