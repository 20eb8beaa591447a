import type { P2paiError } from '../interface/index.ts'
import type { Choice } from './choose.ts'

/** What one provider said of a request that it will not answer. */
export interface Verdict {
  choice: Choice
  error: P2paiError
}

/**
 * Failures that no other provider would mend, such as `invalid_request`. The request was checked here, so one stranger
 * alone may be wrong or lie: what it says is believed when a second one says the same, or nobody else is there.
 */
export class Verdicts {
  readonly #open: Verdict[] = []

  /** Takes what a provider said. True when it is to be believed at once. */
  add(choice: Choice, error: P2paiError): boolean {
    // This machine's own engine and a peer that the user named have the last word.
    if (choice.isLocal || choice.rivals === undefined) return true
    const isSaidTwice = this.#open.some(said => said.error.code === error.code && said.choice.peerId !== choice.peerId)
    this.#open.push({ choice, error })
    return isSaidTwice
  }

  /** What was said first, as long as nobody has answered. */
  get first(): P2paiError | undefined {
    return this.#open[0]?.error
  }

  /** Who called a request impossible that this one has answered with the same file. */
  contradictedBy({ model }: Choice): string[] {
    const digest = model?.digest
    return this.#open.filter(({ choice }) => choice.model?.digest === digest).map(({ choice }) => choice.peerId)
  }
}
