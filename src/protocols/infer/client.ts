import {
  type EngineEvent,
  InvalidRequestError,
  mediaBytes,
  peerOf,
  type RemoteGenerate,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import { type AnswerReader, type AskInit, ask } from '../asking.ts'
import type { FramedStream } from '../framed-stream.ts'
import { AnswerState } from './answer-state.ts'
import { attachmentFrames, attachmentsOf } from './attachments.ts'
import { encodeAcknowledgement } from './client-frames.ts'
import { MAX_EVENT_FRAME_BYTES } from './constants.ts'
import { withQuote } from './declined.ts'
import { decodeServerFrame } from './event-codec.ts'
import { encodeRequest } from './request-codec.ts'

/** What the asking side needs. */
export interface InferClientInit extends AskInit {
  /** This node. */
  selfId: string
}

/** The asking side of `/p2p-ai/infer/1.0`: sends one request on a stream of its own and yields what comes back. */
export function inferClient(init: InferClientInit): RemoteGenerate {
  return async function* (peer, request, signal) {
    const { deadlineMs } = request
    const attached = attachmentsOf(request)
    const frame = encodeRequest(request, attached)
    const rest = {
      frames: attachmentFrames(attached),
      bytes: attached.length === 0 ? 0 : mediaBytes(request.messages)
    }
    const answer = new InferAnswer(request.stop)
    try {
      yield* ask(init, { peer, signal, frame, rest, maxFrameBytes: MAX_EVENT_FRAME_BYTES, deadlineMs, answer })
    } catch (error) {
      if (attached.length > 0 && isOfOlderVersion(error)) throw takesNoImages(error)
      throw await withQuote(error, { provider: peerOf(peer), asker: init.selfId })
    }
  }
}

/** A provider that knows no attachments finds a part without content. The request was checked here before. */
function isOfOlderVersion(error: unknown): boolean {
  return error instanceof InvalidRequestError && /^messages\[\d+\]\.parts$/.test(error.details.field ?? '')
}

function takesNoImages(cause: unknown): UnsupportedFeatureError {
  return new UnsupportedFeatureError('the provider takes no images', { cause, details: { field: 'messages' } })
}

/** An answer token by token; acknowledges delivered tokens where the provider asked for it in `accepted`. */
class InferAnswer implements AnswerReader<EngineEvent> {
  readonly #state: AnswerState
  #acknowledgeEvery = 0
  #acknowledged = 0

  constructor(stops: readonly string[] | undefined) {
    this.#state = new AnswerState(stops)
  }

  get isAccepted(): boolean {
    return this.#state.isAccepted
  }

  get isEnded(): boolean {
    return this.#state.isEnded
  }

  take(body: Uint8Array): EngineEvent | undefined {
    const message = decodeServerFrame(body)
    if (message.kind === 'error') throw message.error
    if (message.kind === 'unknown') return undefined
    this.#state.advance(message.event)
    if (message.event.type === 'accepted') this.#acknowledgeEvery = message.acknowledgeEveryTokens
    return message.event
  }

  async reply(framed: FramedStream): Promise<void> {
    const { tokens } = this.#state
    if (this.#acknowledgeEvery === 0 || this.isEnded || tokens - this.#acknowledged < this.#acknowledgeEvery) return
    this.#acknowledged = tokens
    await framed.write(encodeAcknowledgement(tokens))
  }
}
