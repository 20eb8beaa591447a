import { type Quote, totalMs } from '../interface/index.ts'
import type { Choice } from './choose.ts'
import type { Experience } from './experience.ts'
import type { Lane } from './lane.ts'
import { hedgeDelayMs, isWorthMoving, isWorthTying } from './policies/index.ts'
import type { ProviderSearch } from './provider-search.ts'

/** After this a request without a token goes to a second provider whatever the share of extra work says. */
export const HELP_ANYWAY_MS = 120_000
/**
 * How long a provider may take to say that it takes a request on a condition. `routing.md` says 0.4 s; it must count
 * the tokens of a long prompt first, which a busy machine does not do that fast.
 */
export const ACCEPT_PATIENCE_MS = 1_000
/** A peer that must be dialled first gets this much longer to take a request on a condition. */
export const DIAL_ALLOWANCE_MS = 1_500

/** What finding help for a provider needs. */
export interface HelpInit {
  search: ProviderSearch
  experience: Experience
  /** Round trip, where it was measured. */
  rttMs?: (peerId: string) => number | undefined
  /** Tokens that the rest of the answer is expected to have. */
  tokensLeft: () => number
}

/** When a provider needs help with a request, and who may give it. */
export class Help {
  readonly #init: HelpInit

  constructor(init: HelpInit) {
    this.#init = init
  }

  /** How long a remote provider may take until others are asked too. */
  patience({ isLocal, rivals, acceptIf, quote, peerId }: Choice): { acceptWithinMs?: number; hedgeAfterMs?: number } {
    if (isLocal) return {}
    const { experience, rttMs } = this.#init
    const { p90FirstTokenMs } = experience
    const hedgeAfterMs = hedgeDelayMs({
      ...(quote && { quotedFirstTokenMs: quote.firstTokenMs }),
      ...(p90FirstTokenMs !== undefined && { ownP90Ms: p90FirstTokenMs })
    })
    const isChoice = acceptIf !== undefined && (rivals?.length ?? 1) > 1
    const acceptWithinMs = ACCEPT_PATIENCE_MS + (rttMs?.(peerId) ?? DIAL_ALLOWANCE_MS)
    return { hedgeAfterMs, ...(isChoice && { acceptWithinMs }) }
  }

  /** A second provider for a request that has no token yet, if there is one to spare. */
  async second(first: Lane, why: 'tie' | 'hedge'): Promise<Choice | undefined> {
    const { experience, search } = this.#init
    const isFree = why === 'tie' || first.elapsedMs > HELP_ANYWAY_MS
    if (!isFree && !experience.mayHedge) return undefined
    const choice = await search.another('help')
    if (choice === undefined) return undefined
    const isWorth = why === 'hedge' || this.#isWorthTying(first.choice.quote, choice.quote)
    if (isWorth && (isFree || experience.takeHedge())) return choice
    search.giveBack(choice)
    return undefined
  }

  /** Somebody who would need so much less time for the rest that moving is worth a prompt read again. Never rejects. */
  async faster(tokensPerSecond: number): Promise<Choice | undefined> {
    const { search, tokensLeft } = this.#init
    try {
      const choice = await search.another('move')
      if (choice === undefined) return undefined
      const leftHereMs = (1_000 * tokensLeft()) / tokensPerSecond
      if (choice.quote !== undefined && isWorthMoving(totalMs(choice.quote, tokensLeft()), leftHereMs)) return choice
      search.giveBack(choice)
    } catch {
      // Nobody can be looked for now; the answer goes on where it is.
    }
    return undefined
  }

  #isWorthTying(first: Quote | undefined, second: Quote | undefined): boolean {
    return first !== undefined && second !== undefined && isWorthTying(first, second, this.#init.tokensLeft())
  }
}
