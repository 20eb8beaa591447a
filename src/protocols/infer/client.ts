import { randomBytes } from 'node:crypto'
import {
  type AcceptedEvent,
  type EngineEvent,
  type GenerateRequest,
  InvalidRequestError,
  JOB_ID_BYTES,
  MAX_TOKENS,
  mediaBytes,
  mediaParts,
  peerOf,
  type RemoteGenerate,
  requestBytes,
  roughTokens,
  toP2paiError,
  UnsupportedFeatureError,
  type Usage
} from '../../interface/index.ts'
import { type AnswerReader, type AskInit, ask } from '../asking.ts'
import type { FramedStream } from '../framed-stream.ts'
import { jobIdOf } from '../receipt/job-id.ts'
import { type AnswerBounds, AnswerState } from './answer-state.ts'
import { attachmentFrames, attachmentsOf } from './attachments.ts'
import type { AskerBooks, AskerJob, AskerPlan } from './books.ts'
import { encodeAcknowledgement } from './client-frames.ts'
import { MAX_EVENT_FRAME_BYTES } from './constants.ts'
import { withQuote } from './declined.ts'
import { decodeServerFrame, type JobTerms } from './event-codec.ts'
import { encodeRequest } from './request-codec.ts'

/** What a chat template adds at most, date and manners included. */
const TEMPLATE_TOKENS = 2_048
/** What it writes around each message. */
const MESSAGE_TOKENS = 16
/** What an image becomes at most, by a wide margin. */
const IMAGE_TOKENS = 16_384

/** What the asking side needs. */
export interface InferClientInit extends AskInit {
  /** This node. */
  selfId: string
  /** Where it is written down what this node got, and of whom. @default nowhere: nothing is acknowledged */
  books?: AskerBooks
}

/** The asking side of `/p2p-ai/infer/1.0`: sends one request on a stream of its own and yields what comes back. */
export function inferClient(init: InferClientInit): RemoteGenerate {
  return async function* (peer, request, signal, route = {}) {
    const plan = await init.books?.plan(peer, request, route, signal)
    try {
      yield* generate(init, { peer, signal, request: plan === undefined ? request : withPlan(request, plan), plan })
    } finally {
      plan?.close()
    }
  }
}

/** One request to one peer. */
interface Asked {
  peer: string
  request: GenerateRequest
  signal: AbortSignal
  plan: AskerPlan | undefined
}

async function* generate(init: InferClientInit, { peer, request, signal, plan }: Asked): AsyncGenerator<EngineEvent> {
  const { deadlineMs } = request
  const attached = attachmentsOf(request)
  const nonce = plan === undefined ? undefined : new Uint8Array(randomBytes(JOB_ID_BYTES))
  const frame = encodeRequest(request, attached, nonce)
  const rest = {
    frames: attachmentFrames(attached),
    bytes: attached.length === 0 ? 0 : mediaBytes(request.messages)
  }
  const bounds = { stop: request.stop, maxTokens: request.maxTokens ?? MAX_TOKENS }
  const maxPromptTokens = mostPromptTokens(request, frame.byteLength)
  const answer = new InferAnswer({ bounds, maxPromptTokens }, ({ jobNonce, pricePerKiloToken }: JobTerms) =>
    plan?.open({ peer: peerOf(peer), job: jobIdOf(nonce ?? new Uint8Array(0), jobNonce), pricePerKiloToken })
  )
  try {
    yield* ask(init, { peer, signal, frame, rest, maxFrameBytes: MAX_EVENT_FRAME_BYTES, deadlineMs, answer })
  } catch (error) {
    if (attached.length > 0 && isOfOlderVersion(error)) throw takesNoImages(error)
    const failure = await withQuote(error, { provider: peerOf(peer), asker: init.selfId })
    const { quote } = toP2paiError(failure).details
    if (quote !== undefined) init.books?.quoted(peerOf(peer), quote)
    throw failure
  } finally {
    answer.close(roughTokens(requestBytes(request)))
  }
}

/** The request as it may be paid for. Its own bound of the price is never above what this provider said. */
function withPlan(request: GenerateRequest, { pricePerKiloToken, maxTokens }: AskerPlan): GenerateRequest {
  const { acceptIf } = request
  const isBound = acceptIf?.pricePerKiloToken !== undefined
  return {
    ...request,
    ...(maxTokens !== undefined && { maxTokens }),
    ...(isBound && {
      acceptIf: { ...acceptIf, pricePerKiloToken: Math.min(acceptIf.pricePerKiloToken!, pricePerKiloToken) }
    })
  }
}

/** No tokenizer makes more tokens than bytes; templates say tools twice at most, and an image has its own tokens. */
function mostPromptTokens({ messages, tools = [] }: GenerateRequest, requestBytes: number): number {
  const words = tools.length > 0 ? 2 * requestBytes : requestBytes
  const images = mediaParts(messages).length
  return words + TEMPLATE_TOKENS + messages.length * MESSAGE_TOKENS + images * IMAGE_TOKENS
}

/** A provider that knows no attachments finds a part without content. The request was checked here before. */
function isOfOlderVersion(error: unknown): boolean {
  return error instanceof InvalidRequestError && /^messages\[\d+\]\.parts$/.test(error.details.field ?? '')
}

function takesNoImages(cause: unknown): UnsupportedFeatureError {
  return new UnsupportedFeatureError('the provider takes no images', { cause, details: { field: 'messages' } })
}

/** An answer token by token; acknowledges what was delivered where the provider asked for it in `accepted`. */
class InferAnswer implements AnswerReader<EngineEvent> {
  readonly #state: AnswerState
  readonly #maxPromptTokens: number
  readonly #open: (terms: JobTerms) => AskerJob | undefined
  #job: AskerJob | undefined
  #model: AcceptedEvent['model'] = { name: '', digest: '' }
  #acceptedAtMs = 0
  #firstTokenAtMs: number | undefined
  #acknowledgeEvery = 0
  #acknowledged = 0
  /** The end, and the receipt that came with it. */
  #settling: { receipt: Uint8Array; usage: Usage } | undefined

  constructor(
    { bounds, maxPromptTokens }: { bounds: AnswerBounds; maxPromptTokens: number },
    open: (terms: JobTerms) => AskerJob | undefined
  ) {
    this.#state = new AnswerState(bounds)
    this.#maxPromptTokens = maxPromptTokens
    this.#open = open
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
    const { event, terms, receipt } = message
    this.#state.advance(event)
    if (event.type === 'accepted') this.#acceptedAtMs = performance.now()
    if (event.type === 'delta') this.#firstTokenAtMs ??= performance.now()
    if (event.type === 'accepted' && terms !== undefined) {
      this.#model = event.model
      this.#acknowledgeEvery = terms.acknowledgeEveryTokens
      this.#job = this.#open(terms)
    }
    if (event.type === 'end' && receipt !== undefined) this.#settling = { receipt, usage: event.usage }
    return event
  }

  async reply(framed: FramedStream): Promise<void> {
    const { tokens } = this.#state
    if (this.#job === undefined) return
    if (this.isEnded) return await this.#settle(framed, this.#job)
    if (tokens - this.#acknowledged < this.#acknowledgeEvery) return
    this.#acknowledged = tokens
    await framed.write(encodeAcknowledgement(tokens, await this.#job.acknowledge(tokens)))
  }

  /** The stream is over, however it ended. Whoever gave a token has read the prompt, of about so many. */
  close(promptTokens: number): void {
    const { tokens } = this.#state
    this.#job?.close(tokens, tokens > 0 ? promptTokens : 0)
  }

  async #settle(framed: FramedStream, job: AskerJob): Promise<void> {
    if (this.#settling === undefined) return
    const { tokens } = this.#state
    const firstTokenAfterMs = (this.#firstTokenAtMs ?? this.#acceptedAtMs) - this.#acceptedAtMs
    const bounds = { maxPromptTokens: this.#maxPromptTokens, firstTokenAfterMs }
    const last = await job.settle({ ...this.#settling, tokens, model: this.#model, ...bounds })
    if (last === undefined) return
    // The answer is whole, whatever the provider still hears.
    await framed.write(encodeAcknowledgement(tokens, last)).catch(() => undefined)
  }
}
