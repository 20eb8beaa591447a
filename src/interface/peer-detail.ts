import type { PeerSummary } from './node.ts'
import type { QuoteStatus } from './quote.ts'

/** What a peer would do with a typical request of 200 tokens, for an answer of 170, as this node reckons. */
export interface ExpectedOffer {
  model: string
  digest: string
  firstTokenMs: number
  totalMs: number
  /** Place among all known providers of this file by `totalMs`; 1 is the best. */
  place: number
  providers: number
}

/** What decides a peer's place, as far as this node has seen it itself since its start. */
export interface PeerConduct {
  /** Answers that came whole. */
  jobs: number
  /** Failures, each counting half after ten minutes. */
  failures: number
  /** Observed by promised time: above 1 it is slower than it says. */
  trust: number
  /** Times that it promises are multiplied by this, `trust` and failures together. */
  factor: number
  /** Passed over for this long; 0 when it is not. */
  pauseMs: number
  /** It is asked only when nobody else is left. */
  isLast: boolean
  /** Why it is passed over or last: requests to it failed, or audits found that it lies. Absent when it is neither. */
  leftOutFor?: 'failure' | 'lie'
}

/** Where a peer ranks, and why, in short. */
export interface PeerRank extends PeerConduct {
  /** With the chat model that it ranks best with. Absent while it offers none. */
  offer?: ExpectedOffer
}

/** Why a peer ranks where it does. Nobody else's word is in it, and nothing of it is proof. */
export interface PeerStanding extends PeerConduct {
  /** How fast it was, as moving means. Absent before the first answer. */
  observed?: { firstTokenMs: number; tokensPerSecond?: number }
  /** What it promised last. Absent where it was never asked. */
  quote?: {
    ageMs: number
    status: QuoteStatus
    waitMs: number
    loadMs: number
    firstTokenMs: number
    decodeTokensPerSecond: number
    pricePerKiloToken: number
  }
  /** Answers of it that others scored: as of the model, as of something else, and neither. */
  audits: { passed: number; failed: number; unclear: number }
  /** Since two of three found that it lies, in an answer or about another's. */
  breachedAgoMs?: number
  /** Known providers in the same network, itself among them: they share one part of the attempts. */
  sameNetwork: number
  /** How this node chooses providers. */
  policy: string
  offers: ExpectedOffer[]
}

/** One peer as `p2pai peers show` tells of it. */
export interface PeerDetail extends PeerSummary {
  standing: PeerStanding
}
