import { BusyError, type ErrorDetails } from '../../interface/index.ts'
import { openQuote } from '../quote/sealed-quote.ts'

/** A quote that nobody asked for answers no question. */
const NO_NONCE = new Uint8Array(0)

/** The bounds of a request cannot be met; what is offered instead stands in a sealed quote. */
export class DeclinedError extends BusyError {
  readonly sealedQuote: Uint8Array

  constructor(message: string, sealedQuote: Uint8Array, details: ErrorDetails = {}) {
    super(message, { details })
    this.sealedQuote = sealedQuote
  }
}

/** The failure as the asker's program shall see it: with the quote, if it is one of this provider for this asker. */
export async function withQuote(error: unknown, parties: { provider: string; asker: string }): Promise<unknown> {
  if (!(error instanceof DeclinedError)) return error
  try {
    const quote = await openQuote(error.sealedQuote, { ...parties, nonce: NO_NONCE })
    return new BusyError(error.message, { details: { ...error.details, quote } })
  } catch (forged) {
    return forged
  }
}
