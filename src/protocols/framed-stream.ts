import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { type P2paiError, ProviderLostError, SlowReaderError, timeLimit, toP2paiError } from '../interface/index.ts'
import { type FramePrefix, readPrefix, withPrefix } from './length-prefix.ts'

/** Unread bytes at which the sender is asked to wait. */
const PAUSE_AT_BYTES = 256 << 10
/**
 * Unread bytes at which the muxer ends the stream: twice the window that a sender is given (1 MiB, `libp2p-options.ts`),
 * because what fits into the window may come before a pause is heard of.
 */
const MAX_UNREAD_BYTES = 2 << 20
/** Unsent bytes at which the muxer gives up on the stream; the muxer's own default is no limit. */
const MAX_UNSENT_BYTES = 1 << 20
/** A reader that takes nothing for this long holds a slot for nothing. */
const STALL_MS = 30_000

/** Options of `FramedStream`. */
export interface FramedStreamInit {
  /** Largest body that is read. */
  maxFrameBytes: number
  /** How long a write may wait for the other side. @default 30000 */
  stallMs?: number
}

/**
 * Length-prefixed frames over a libp2p stream, with the traps of libp2p 3 shut: nothing sent before the handler
 * attached is lost, reads and writes are bounded in memory, and every end has a cause.
 */
export class FramedStream {
  readonly stream: Stream
  readonly #unread = new Uint8ArrayList()
  readonly #maxFrameBytes: number
  readonly #stallMs: number
  #failure: P2paiError | undefined
  /** What libp2p says of why the stream broke. */
  #cause: Error | undefined
  #isResuming = false
  #wake: () => void = () => undefined

  constructor(stream: Stream, init: FramedStreamInit) {
    this.stream = stream
    stream.maxWriteBufferLength = MAX_UNSENT_BYTES
    stream.maxReadBufferLength = MAX_UNREAD_BYTES
    this.#maxFrameBytes = init.maxFrameBytes
    this.#stallMs = init.stallMs ?? STALL_MS
    const wake = () => this.#wake()
    stream.addEventListener('message', event => {
      this.#unread.append(event.data)
      if (this.#unread.byteLength >= PAUSE_AT_BYTES) this.#pause()
      wake()
    })
    stream.addEventListener('remoteCloseWrite', wake)
    stream.addEventListener('close', ({ error }) => {
      this.#cause = error
      wake()
    })
  }

  /** Why this side ended the stream, if it did. */
  get failure(): P2paiError | undefined {
    return this.#failure
  }

  /** Ends the stream at once, on both sides. Reads and writes under way throw `error`. Only the first call counts. */
  fail(error: P2paiError): void {
    this.#failure ??= error
    this.stream.abort(this.#failure)
  }

  /** Calls `fail` after `timeoutMs`, unless stopped or refreshed before. */
  watchdog(timeoutMs: number, makeError: () => P2paiError): { refresh(): void; stop(): void } {
    const timer = setTimeout(() => this.fail(makeError()), timeoutMs)
    return { refresh: () => void timer.refresh(), stop: () => clearTimeout(timer) }
  }

  /**
   * The next frame's body, or `undefined` when the other side has closed its side between two frames.
   * Throws `ProtocolError` for a bad length, `ProviderLostError` when the stream was reset or ended inside a frame.
   */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure
      const body = this.#takeFrame()
      if (body !== undefined) return body
      // What waited in the muxer while this side was paused arrives inside this call.
      if (this.stream.readStatus === 'paused') this.#resume()
      else if (this.#isEnded()) return this.#atEnd()
      else await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  /** Sends one frame and waits while the other side is not reading. Throws `SlowReaderError` after `stallMs`. */
  async write(body: Uint8Array): Promise<void> {
    this.#throwIfEnded()
    let flowing: boolean
    try {
      flowing = this.stream.send(withPrefix(body))
    } catch (error) {
      throw this.#failure ?? new ProviderLostError('the stream is closed', { cause: error })
    }
    if (!flowing) await this.#drained()
  }

  /** Closes this side, and the whole stream if the other side does not follow within `graceMs`. */
  async close(graceMs = 5_000): Promise<void> {
    if (this.stream.status !== 'open') return
    const timer = setTimeout(() => this.stream.abort(new Error('the other side did not close')), graceMs)
    this.stream.addEventListener('close', () => clearTimeout(timer), { once: true })
    await this.stream.close({ signal: timeLimit(graceMs) })
  }

  /**
   * Not while `resume` hands out what was kept: the muxer opens the window at its end, whatever happened in between,
   * and a stream that calls itself paused would fill up until it breaks.
   */
  #pause(): void {
    if (!this.#isResuming && this.stream.readStatus === 'readable') this.stream.pause()
  }

  #resume(): void {
    this.#isResuming = true
    try {
      this.stream.resume()
    } finally {
      this.#isResuming = false
    }
  }

  #takeFrame(): Uint8Array | undefined {
    const prefix = this.#readPrefix()
    if (prefix === undefined) return undefined
    const end = prefix.bodyOffset + prefix.bodyBytes
    if (this.#unread.byteLength < end) return undefined
    const body = this.#unread.slice(prefix.bodyOffset, end)
    this.#unread.consume(end)
    return body
  }

  /** After a length that cannot be, no frame can be found any more, so the stream is reset. */
  #readPrefix(): FramePrefix | undefined {
    try {
      return readPrefix(this.#unread, this.#maxFrameBytes)
    } catch (error) {
      this.fail(toP2paiError(error))
      throw error
    }
  }

  #isEnded(): boolean {
    return this.stream.remoteWriteStatus !== 'writable' && this.stream.readBufferLength === 0
  }

  #atEnd(): undefined {
    this.#throwIfEnded()
    if (this.#unread.byteLength > 0) throw new ProviderLostError('the stream ended inside a frame')
    return undefined
  }

  #throwIfEnded(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.stream.status === 'reset' || this.stream.status === 'aborted') {
      throw new ProviderLostError('the stream was reset', { cause: this.#cause })
    }
  }

  /** Not `stream.onDrain()`: that resolves at once after the first drain of a stream. */
  async #drained(): Promise<void> {
    const watchdog = this.watchdog(this.#stallMs, () => new SlowReaderError('the other side stopped reading'))
    try {
      while (this.stream.writableNeedsDrain && this.stream.writeStatus === 'writable') {
        await new Promise<void>(resolve => {
          const done = () => {
            this.stream.removeEventListener('drain', done)
            this.stream.removeEventListener('close', done)
            resolve()
          }
          this.stream.addEventListener('drain', done)
          this.stream.addEventListener('close', done)
        })
        this.#throwIfEnded()
      }
    } finally {
      watchdog.stop()
    }
  }
}
