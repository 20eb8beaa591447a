import { ERROR_TABLE, type ErrorCode } from './error-table.ts'
import type { Attempt } from './events.ts'
import type { Quote } from './quote.ts'

/** Facts about a failure that travel with it: over the wire, into JSON output. All are safe to show to a stranger. */
export interface ErrorDetails {
  /** The field or flag that was wrong. */
  field?: string
  promptTokens?: number
  contextSizeTokens?: number
  /** When asking again makes sense. */
  retryAfterMs?: number
  /** With `busy`: what the provider offers instead of what was asked for. */
  quote?: Quote
  /** Names near an unknown one. */
  suggestions?: string[]
  /** Whom the request was sent to before it was given up. */
  attempts?: Attempt[]
}

/** What every failure is. Branch on `code`, which survives the wire and duplicated packages. */
export abstract class P2paiError extends Error {
  abstract readonly code: ErrorCode
  readonly details: ErrorDetails

  constructor(message: string, options: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.details = options.details ?? {}
  }

  get retryable(): boolean {
    return ERROR_TABLE[this.code].retryable
  }

  get httpStatus(): number {
    return ERROR_TABLE[this.code].httpStatus
  }

  get exitCode(): number {
    return ERROR_TABLE[this.code].exitCode
  }

  /** The object of `{"error": …}` in JSON output and in HTTP answers. */
  toJSON(): { code: ErrorCode; message: string; retryable: boolean } & ErrorDetails {
    return { code: this.code, message: this.message, retryable: this.retryable, ...this.details }
  }
}
