import {
  type Candidate,
  type InferenceEngine,
  InvalidRequestError,
  ProtocolError,
  type RemoteGenerate,
  type RemoteScore,
  type Resume,
  type ScoreRequest,
  throwIfAborted,
  timeLimit,
  toP2paiError
} from '../../interface/index.ts'
import { blame } from '../blame.ts'
import type { ProviderDirectory } from '../directory.ts'
import type { Reputation } from '../reputation.ts'
import type { Suspects } from '../suspects.ts'
import { type Answered, isAuditable } from './auditable.ts'
import { Canaries } from './canary.ts'
import { type Verdict, verdictOf } from './verdict.ts'

/**
 * `off`: no answer is ever checked. `canary`: with prompts made up here, and with conversations whose asker said so.
 * `consented`: with all conversations of this node, unless one says no.
 */
export const AUDIT_MODES: readonly string[] = ['off', 'canary', 'consented']

/** Share of own requests that may be made up for checks. */
const CANARY_SHARE = 0.02
/** Checks under way at once; while there are as many, answers are let pass. */
const MAX_UNDER_WAY = 4
/** A check is not urgent, but must end. */
const DEADLINE_MS = 120_000
/** Tokens of an answer that are read for one: as a reader leaves who has seen enough. */
const ENOUGH_TOKENS = 512
/** Peers asked for one opinion before it is given up. */
const MAX_ASKED = 3

/** What checking needs. */
export interface AuditorInit {
  /** One of `AUDIT_MODES`. */
  mode: string
  selfId: string
  /** The engines of this machine. One with the same file judges before any peer does, and nobody else sees the text. */
  local: InferenceEngine
  directory: ProviderDirectory
  suspects: Suspects
  reputation: Reputation
  remote: RemoteGenerate
  remoteScore: RemoteScore
  /** Peers that are never asked. @default none */
  denied?: readonly string[]
  /** The line costs money by volume: nothing is asked that the user did not ask. @default false */
  isMetered?: () => boolean
  random?: () => number
  /** A check has ended: who was judged and how. Never sees content. */
  onAudit?: (peerId: string, outcome: Verdict) => void
}

/** Who judged, and how. */
interface Opinion {
  peerId: string
  verdict: Verdict
}

/**
 * Checks answers by sampling: another holder of the same file reads prompt and answer, and tells how far each token is
 * from what the model would have said. Which answers are checked is drawn after they came. One opinion acquits, two
 * against one convict.
 */
export class Auditor {
  readonly #init: AuditorInit
  readonly #random: () => number
  readonly #stop = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  readonly #canaries: Canaries
  #requests = 0
  #canariesSent = 0

  /** Throws `InvalidRequestError` for a mode that is none. */
  constructor(init: AuditorInit) {
    if (!AUDIT_MODES.includes(init.mode)) {
      throw new InvalidRequestError(`audits is ${init.mode}, but must be one of ${AUDIT_MODES.join(', ')}`, {
        details: { field: 'audits' }
      })
    }
    this.#init = init
    this.#random = init.random ?? Math.random
    this.#canaries = new Canaries(this.#random)
  }

  /** A provider has answered; the check, if there is one, runs on its own. */
  answered(job: Answered): void {
    const { mode, reputation, isMetered } = this.#init
    this.#requests++
    this.#canaries.learn(job.request)
    const isIdle = mode !== 'off' && !this.#stop.signal.aborted && this.#underWay.size < MAX_UNDER_WAY
    if (!isIdle || isMetered?.() === true) return
    if (job.hasConsent && isAuditable(job) && this.#random() < reputation.auditRate(job.peerId)) {
      this.#run(this.#judge(job, job.answer!))
    } else if (this.#canariesSent < Math.floor(CANARY_SHARE * this.#requests) && this.#canaries.isLike(job)) {
      this.#canariesSent++
      this.#run(this.#tryCanary(job))
    }
  }

  /** Resolves when no check is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  /** Ends the checks that are under way. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.idle()
  }

  #run(check: Promise<void>): void {
    // A check that finds nobody, or whose node stops, says nothing of anybody.
    const ended = check.catch(() => undefined).finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
  }

  /** Asks the provider something made up, as a user would, and has the answer judged. */
  async #tryCanary(job: Answered): Promise<void> {
    const { peerId, digest, deny } = job
    const advert = this.#init.directory.get(peerId)
    if (advert === undefined || (advert.pricePerKiloToken ?? 0) > 0) return
    if (!(await this.#hasJudge(job))) return
    const request = this.#canaries.like(job)
    const answer: Resume = { text: '', tokenIds: [], digest }
    const signal = AbortSignal.any([this.#stop.signal, timeLimit(DEADLINE_MS)])
    for await (const event of this.#init.remote(peerId, request, signal)) {
      // A name may mean another file of the provider by now, of which nothing is known here.
      if (event.type === 'accepted' && event.model.digest !== digest) return
      if (event.type !== 'delta') continue
      if (event.channel !== 'answer') return
      answer.text += event.text
      answer.tokenIds.push(...(event.tokenIds ?? []))
      if (answer.tokenIds.length >= ENOUGH_TOKENS) break
    }
    const asked = { request, peerId, digest, answer, hasConsent: true, ...(deny && { deny }) }
    if (isAuditable(asked)) await this.#judge(asked, answer)
  }

  async #judge(job: Answered, answer: Resume): Promise<void> {
    const { reputation, onAudit } = this.#init
    const { peerId, digest, request } = job
    const asked: ScoreRequest = { model: digest, messages: request.messages, answer, deadlineMs: DEADLINE_MS }
    const first = (await this.#ownOpinion(asked)) ?? (await this.#opinion(job, asked, []))
    if (first === undefined) return
    let outcome = first.verdict
    if (outcome === 'failed') {
      const isOwn = first.peerId === this.#init.selfId
      const second = isOwn ? undefined : await this.#opinion(job, asked, [first.peerId])
      // Without a second opinion it is one word against another; this machine's own model needs none.
      if (!isOwn && second?.verdict !== 'failed') outcome = 'unclear'
      if (second?.verdict === 'passed') this.#convict(first.peerId)
    }
    if (outcome === 'failed') this.#convict(peerId)
    else reputation.audited(peerId, outcome)
    onAudit?.(peerId, outcome)
  }

  #convict(peerId: string): void {
    const { reputation, suspects, directory } = this.#init
    reputation.breach(peerId)
    suspects.strike(peerId, directory.get(peerId))
  }

  async #ownOpinion(asked: ScoreRequest): Promise<Opinion | undefined> {
    const { local, selfId } = this.#init
    if (!(await this.#hasOwn(asked.model)) || local.score === undefined) return undefined
    const { margins } = await local.score(asked, { signal: this.#stop.signal })
    return { peerId: selfId, verdict: verdictOf(margins) }
  }

  /** What a peer with the same file says, drawn at random; from another network than the judged one where there is any. */
  async #opinion(job: Answered, asked: ScoreRequest, leftOut: readonly string[]): Promise<Opinion | undefined> {
    for (const { advert } of this.#judges(job, leftOut).slice(0, MAX_ASKED)) {
      const { peerId } = advert
      try {
        const { margins, model } = await this.#init.remoteScore(peerId, asked, this.#stop.signal)
        if (model.digest !== asked.model) throw new ProtocolError('an auditor has used another model')
        return { peerId, verdict: verdictOf(margins) }
      } catch (error) {
        throwIfAborted(this.#stop.signal)
        blame(this.#init, peerId, toP2paiError(error))
      }
    }
    return undefined
  }

  async #hasJudge(job: Answered): Promise<boolean> {
    return (await this.#hasOwn(job.digest)) || this.#judges(job, []).length > 0
  }

  async #hasOwn(digest: string): Promise<boolean> {
    const models = await this.#init.local.models()
    return models.some(model => model.digest === digest && model.features.score === true && model.state === 'warm')
  }

  #judges({ peerId, digest, deny = [] }: Answered, leftOut: readonly string[]): Candidate[] {
    const { directory, suspects, denied = [] } = this.#init
    const others = new Set([peerId, ...leftOut, ...deny, ...denied])
    const able = directory.candidates(digest, 'score').filter(({ advert, model }) => {
      const isAsked = model.digest === digest && !others.has(advert.peerId) && (advert.pricePerKiloToken ?? 0) === 0
      return isAsked && !suspects.has(advert.peerId) && !suspects.isResting(advert.peerId)
    })
    const prefix = directory.prefixOf(peerId)
    const isElsewhere = ({ advert }: Candidate) => directory.prefixOf(advert.peerId) !== prefix
    return able
      .map(candidate => ({ candidate, near: Number(!isElsewhere(candidate)), draw: this.#random() }))
      .sort((a, b) => a.near - b.near || a.draw - b.draw)
      .map(({ candidate }) => candidate)
  }
}
