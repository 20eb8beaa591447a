import { EngineCrashedError } from '../../interface/index.ts'
import { connectionFailure, refusal } from './failure.ts'
import { readServerError } from './server-error.ts'

/** Largest JSON body that is read: 256 vectors of 8,192 numbers take 46 MB as text. */
const MAX_BODY_BYTES = 64 << 20
/** An error needs no more. */
const MAX_ERROR_BYTES = 64 << 10

/** One call of the server. */
export interface ServerCall {
  signal?: AbortSignal | undefined
  /** Sent as JSON by POST; without it the call is a GET. */
  body?: unknown
}

/** The server at its one address: no redirect, no other origin, nothing unbounded. */
export class ServerConnection {
  readonly #base: string
  readonly #key: string | undefined
  readonly #onBytes: () => void

  /** `onBytes` is called whenever a stream brought something. */
  constructor(init: { base: string; key?: string | undefined; onBytes: () => void }) {
    this.#base = init.base
    this.#key = init.key
    this.#onBytes = init.onBytes
  }

  /** A JSON answer. Throws what `refusal` and `connectionFailure` make of anything else. */
  async json(path: string, call: ServerCall = {}): Promise<unknown> {
    const response = await this.#ask(path, call, 'application/json')
    const text = await this.#text(response, MAX_BODY_BYTES, call.signal)
    try {
      return JSON.parse(text)
    } catch (cause) {
      throw new EngineCrashedError('the server behind this node answered with something that is no JSON', { cause })
    }
  }

  /** Whether the server answers with success at all; the body is thrown away. */
  async isUp(path: string, signal: AbortSignal): Promise<boolean> {
    try {
      const response = await this.#ask(path, { signal }, '*/*')
      await response.body?.cancel()
      return true
    } catch {
      // Whatever it was: the next look, or the request that waits, says what.
      return false
    }
  }

  /** The bytes of an event stream, as they come. Leaving the loop closes the connection. */
  async *events(path: string, call: ServerCall): AsyncGenerator<Uint8Array> {
    const response = await this.#ask(path, call, 'text/event-stream')
    const type = response.headers.get('content-type') ?? ''
    if (!/^text\/event-stream\s*(;|$)/i.test(type)) {
      await response.body?.cancel()
      throw new EngineCrashedError('the server behind this node does not stream')
    }
    for await (const piece of this.#pieces(response, call.signal)) {
      this.#onBytes()
      yield piece
    }
  }

  /** What a server says, fit for strangers: it may repeat what it was sent. */
  withoutKey(text: string): string {
    return this.#key === undefined ? text : text.replaceAll(this.#key, '…')
  }

  async #ask(path: string, { body, signal }: ServerCall, accept: string): Promise<Response> {
    const response = await fetch(this.#base + path, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'manual',
      headers: {
        accept,
        'accept-encoding': 'identity',
        'user-agent': 'p2pai',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(this.#key !== undefined && { authorization: `Bearer ${this.#key}` })
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal })
    }).catch((cause: unknown) => {
      throw connectionFailure(cause, signal)
    })
    if (response.ok) return response
    throw await this.#refusalOf(response, signal)
  }

  async #refusalOf(response: Response, signal: AbortSignal | undefined): Promise<Error> {
    const { status, headers } = response
    const empty = { message: '' }
    if (status < 400) {
      await response.body?.cancel()
      return refusal(status, empty, null)
    }
    const text = await this.#text(response, MAX_ERROR_BYTES, signal).catch(() => '')
    return refusal(status, readServerError(parsed(this.withoutKey(text))) ?? empty, headers.get('retry-after'))
  }

  async #text(response: Response, maxBytes: number, signal: AbortSignal | undefined): Promise<string> {
    const pieces: Uint8Array[] = []
    let bytes = 0
    for await (const piece of this.#pieces(response, signal)) {
      bytes += piece.byteLength
      if (bytes > maxBytes) throw new EngineCrashedError(`the server behind this node sent more than ${maxBytes} bytes`)
      pieces.push(piece)
    }
    return Buffer.concat(pieces).toString('utf8')
  }

  async *#pieces(response: Response, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of response.body ?? []) yield piece
    } catch (cause) {
      throw connectionFailure(cause, signal)
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // An HTML page of a proxy, for example: the status says enough.
    return undefined
  }
}
