/** What a failure means to a retrying caller, to an HTTP client and to a shell. */
export interface ErrorEntry {
  /** Whether the same request may succeed at another provider, or here a little later. */
  retryable: boolean
  httpStatus: number
  exitCode: number
}

/**
 * The only table of failures. Codes are stable: they are on the wire, in JSON output and in scripts.
 * Exit codes: 1 failure, 2 usage, 3 daemon not running, 4 no provider, 5 provider lost, 6 refused, 75 busy,
 * 124 timeout, 130 interrupted.
 */
export const ERROR_TABLE = {
  invalid_request: { retryable: false, httpStatus: 400, exitCode: 2 },
  invalid_address: { retryable: false, httpStatus: 400, exitCode: 2 },
  context_length_exceeded: { retryable: false, httpStatus: 400, exitCode: 1 },
  payload_too_large: { retryable: false, httpStatus: 413, exitCode: 2 },
  unsupported_feature: { retryable: true, httpStatus: 400, exitCode: 1 },
  model_not_found: { retryable: true, httpStatus: 404, exitCode: 4 },
  no_provider: { retryable: true, httpStatus: 503, exitCode: 4 },
  busy: { retryable: true, httpStatus: 503, exitCode: 75 },
  refused: { retryable: true, httpStatus: 403, exitCode: 6 },
  provider_unreachable: { retryable: true, httpStatus: 502, exitCode: 5 },
  provider_lost: { retryable: true, httpStatus: 502, exitCode: 5 },
  provider_silent: { retryable: true, httpStatus: 504, exitCode: 5 },
  protocol_error: { retryable: true, httpStatus: 502, exitCode: 5 },
  engine_crashed: { retryable: true, httpStatus: 502, exitCode: 5 },
  engine_stopped: { retryable: true, httpStatus: 503, exitCode: 5 },
  model_quarantined: { retryable: true, httpStatus: 503, exitCode: 1 },
  bad_model: { retryable: true, httpStatus: 503, exitCode: 1 },
  insufficient_memory: { retryable: true, httpStatus: 503, exitCode: 1 },
  slow_reader: { retryable: false, httpStatus: 408, exitCode: 5 },
  deadline_exceeded: { retryable: false, httpStatus: 504, exitCode: 124 },
  aborted: { retryable: false, httpStatus: 499, exitCode: 130 },
  daemon_not_running: { retryable: false, httpStatus: 503, exitCode: 3 },
  daemon_running: { retryable: false, httpStatus: 409, exitCode: 1 },
  invalid_key: { retryable: false, httpStatus: 500, exitCode: 1 },
  address_in_use: { retryable: false, httpStatus: 500, exitCode: 1 },
  download_failed: { retryable: true, httpStatus: 502, exitCode: 1 },
  disk_full: { retryable: false, httpStatus: 507, exitCode: 1 },
  home_unusable: { retryable: false, httpStatus: 500, exitCode: 1 },
  internal: { retryable: true, httpStatus: 500, exitCode: 1 }
} as const satisfies Record<string, ErrorEntry>

/** A failure's stable name. */
export type ErrorCode = keyof typeof ERROR_TABLE
