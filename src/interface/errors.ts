import { type ErrorDetails, P2paiError } from './error-base.ts'
import type { ErrorCode } from './error-table.ts'

/** Thrown when a request, flag or option has a value that cannot be used; `details.field` names it. */
export class InvalidRequestError extends P2paiError {
  static readonly code = 'invalid_request'
  override readonly code = InvalidRequestError.code
  override readonly name = 'InvalidRequestError'
}

/** Thrown when a text is not a multiaddr, or lacks the peer id that it needs. */
export class InvalidAddressError extends P2paiError {
  static readonly code = 'invalid_address'
  override readonly code = InvalidAddressError.code
  override readonly name = 'InvalidAddressError'
}

/** Thrown when a prompt does not fit the model's context; `details` has both numbers. */
export class ContextLengthExceededError extends P2paiError {
  static readonly code = 'context_length_exceeded'
  override readonly code = ContextLengthExceededError.code
  override readonly name = 'ContextLengthExceededError'
}

/** Thrown when a message is larger than its bound. */
export class PayloadTooLargeError extends P2paiError {
  static readonly code = 'payload_too_large'
  override readonly code = PayloadTooLargeError.code
  override readonly name = 'PayloadTooLargeError'
}

/** Thrown when an engine lacks what a request asks for; `details.field` names it. */
export class UnsupportedFeatureError extends P2paiError {
  static readonly code = 'unsupported_feature'
  override readonly code = UnsupportedFeatureError.code
  override readonly name = 'UnsupportedFeatureError'
}

/** Thrown when nobody here has the model; `details.suggestions` has near names. */
export class ModelNotFoundError extends P2paiError {
  static readonly code = 'model_not_found'
  override readonly code = ModelNotFoundError.code
  override readonly name = 'ModelNotFoundError'
}

/** Thrown when no peer that serves the model was found in time. */
export class NoProviderError extends P2paiError {
  static readonly code = 'no_provider'
  override readonly code = NoProviderError.code
  override readonly name = 'NoProviderError'
}

/** Thrown when all slots and the queue are full; `details.retryAfterMs` says when to come back. */
export class BusyError extends P2paiError {
  static readonly code = 'busy'
  override readonly code = BusyError.code
  override readonly name = 'BusyError'
}

/** Thrown when the other side does not serve this peer. */
export class RefusedError extends P2paiError {
  static readonly code = 'refused'
  override readonly code = RefusedError.code
  override readonly name = 'RefusedError'
}

/** Thrown when no connection to the provider could be opened. */
export class ProviderUnreachableError extends P2paiError {
  static readonly code = 'provider_unreachable'
  override readonly code = ProviderUnreachableError.code
  override readonly name = 'ProviderUnreachableError'
}

/** Thrown when the stream broke before its end. */
export class ProviderLostError extends P2paiError {
  static readonly code = 'provider_lost'
  override readonly code = ProviderLostError.code
  override readonly name = 'ProviderLostError'
}

/** Thrown when a relay between this node and the provider has cut the stream at its limit. Nobody is to blame. */
export class RelayLimitError extends ProviderLostError {}

/** Thrown when the provider shows no sign of life. */
export class ProviderSilentError extends P2paiError {
  static readonly code = 'provider_silent'
  override readonly code = ProviderSilentError.code
  override readonly name = 'ProviderSilentError'
}

/** Thrown when the other side broke the wire protocol. */
export class ProtocolError extends P2paiError {
  static readonly code = 'protocol_error'
  override readonly code = ProtocolError.code
  override readonly name = 'ProtocolError'
}

/** Thrown when the process that ran the model died. */
export class EngineCrashedError extends P2paiError {
  static readonly code = 'engine_crashed'
  override readonly code = EngineCrashedError.code
  override readonly name = 'EngineCrashedError'
}

/** Thrown when the engine was closed, or its node is leaving. */
export class EngineStoppedError extends P2paiError {
  static readonly code = 'engine_stopped'
  override readonly code = EngineStoppedError.code
  override readonly name = 'EngineStoppedError'
}

/** Thrown when the model crashed its engine too often and is no longer served. */
export class ModelQuarantinedError extends P2paiError {
  static readonly code = 'model_quarantined'
  override readonly code = ModelQuarantinedError.code
  override readonly name = 'ModelQuarantinedError'
}

/** Thrown when a file is not a usable model. */
export class BadModelError extends P2paiError {
  static readonly code = 'bad_model'
  override readonly code = BadModelError.code
  override readonly name = 'BadModelError'
}

/** Thrown when the model and its context do not fit the memory. */
export class InsufficientMemoryError extends P2paiError {
  static readonly code = 'insufficient_memory'
  override readonly code = InsufficientMemoryError.code
  override readonly name = 'InsufficientMemoryError'
}

/** Thrown when the other side does not read what it asked for. */
export class SlowReaderError extends P2paiError {
  static readonly code = 'slow_reader'
  override readonly code = SlowReaderError.code
  override readonly name = 'SlowReaderError'
}

/** Thrown when the time given for an answer is over. */
export class DeadlineExceededError extends P2paiError {
  static readonly code = 'deadline_exceeded'
  override readonly code = DeadlineExceededError.code
  override readonly name = 'DeadlineExceededError'
}

/** Thrown when the caller gave up. */
export class AbortedError extends P2paiError {
  static readonly code = 'aborted'
  override readonly code = AbortedError.code
  override readonly name = 'AbortedError'
}

/** Thrown when a command needs the daemon and there is none. */
export class DaemonNotRunningError extends P2paiError {
  static readonly code = 'daemon_not_running'
  override readonly code = DaemonNotRunningError.code
  override readonly name = 'DaemonNotRunningError'
}

/** Thrown when a second daemon is started in the same home. */
export class DaemonRunningError extends P2paiError {
  static readonly code = 'daemon_running'
  override readonly code = DaemonRunningError.code
  override readonly name = 'DaemonRunningError'
}

/** Thrown when the key file is damaged, of another kind, or readable by others; it is never replaced. */
export class InvalidKeyError extends P2paiError {
  static readonly code = 'invalid_key'
  override readonly code = InvalidKeyError.code
  override readonly name = 'InvalidKeyError'
}

/** Thrown when a port to listen on is taken. */
export class AddressInUseError extends P2paiError {
  static readonly code = 'address_in_use'
  override readonly code = AddressInUseError.code
  override readonly name = 'AddressInUseError'
}

/** Thrown when a model could not be fetched: no connection, a server that breaks off, or one that answers wrongly. */
export class DownloadError extends P2paiError {
  static readonly code = 'download_failed'
  override readonly code = DownloadError.code
  override readonly name = 'DownloadError'
}

/** Thrown when the disk has no room for a file, before it is fetched or while it is written. */
export class DiskFullError extends P2paiError {
  static readonly code = 'disk_full'
  override readonly code = DiskFullError.code
  override readonly name = 'DiskFullError'
}

/** Thrown when the home folder cannot be written. */
export class HomeUnusableError extends P2paiError {
  static readonly code = 'home_unusable'
  override readonly code = HomeUnusableError.code
  override readonly name = 'HomeUnusableError'
}

/** Thrown when something happened that should not; the cause is in the log of the side where it happened. */
export class InternalError extends P2paiError {
  static readonly code = 'internal'
  override readonly code = InternalError.code
  override readonly name = 'InternalError'
}

const CLASSES = {
  invalid_request: InvalidRequestError,
  invalid_address: InvalidAddressError,
  context_length_exceeded: ContextLengthExceededError,
  payload_too_large: PayloadTooLargeError,
  unsupported_feature: UnsupportedFeatureError,
  model_not_found: ModelNotFoundError,
  no_provider: NoProviderError,
  busy: BusyError,
  refused: RefusedError,
  provider_unreachable: ProviderUnreachableError,
  provider_lost: ProviderLostError,
  provider_silent: ProviderSilentError,
  protocol_error: ProtocolError,
  engine_crashed: EngineCrashedError,
  engine_stopped: EngineStoppedError,
  model_quarantined: ModelQuarantinedError,
  bad_model: BadModelError,
  insufficient_memory: InsufficientMemoryError,
  slow_reader: SlowReaderError,
  deadline_exceeded: DeadlineExceededError,
  aborted: AbortedError,
  daemon_not_running: DaemonNotRunningError,
  daemon_running: DaemonRunningError,
  invalid_key: InvalidKeyError,
  address_in_use: AddressInUseError,
  download_failed: DownloadError,
  disk_full: DiskFullError,
  home_unusable: HomeUnusableError,
  internal: InternalError
} satisfies Record<
  ErrorCode,
  new (
    message: string,
    options?: { cause?: unknown; details?: ErrorDetails }
  ) => P2paiError
>

/** Makes the error of a code that came from elsewhere. A code that is not known becomes `InternalError`. */
export function errorFromCode(code: string, message: string, details: ErrorDetails = {}): P2paiError {
  const known = Object.hasOwn(CLASSES, code) ? CLASSES[code as ErrorCode] : InternalError
  return new known(message, { details })
}

/** Whatever was thrown, as a `P2paiError`. An abort becomes `AbortedError`; the unknown becomes `InternalError`. */
export function toP2paiError(error: unknown): P2paiError {
  if (error instanceof P2paiError) return error
  if (error instanceof Error && error.name === 'TimeoutError') {
    return new DeadlineExceededError('the time for the answer is over', { cause: error })
  }
  if (error instanceof Error && error.name === 'AbortError') return new AbortedError('aborted', { cause: error })
  return new InternalError(error instanceof Error ? error.message : String(error), { cause: error })
}

/** Throws what a signal was aborted with, as a `P2paiError`. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw toP2paiError(signal.reason)
}
