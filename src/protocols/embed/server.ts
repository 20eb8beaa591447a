import {
  cannotDo,
  type EmbedOptions,
  type EmbedResult,
  type InferenceEngine,
  InternalError,
  ProtocolError,
  type RerankResult,
  toP2paiError
} from '../../interface/index.ts'
import type { FramedStream } from '../framed-stream.ts'
import { type Served, type ServeInit, type StreamHandler, serveStreams } from '../serving.ts'
import { orAborted } from '../until-aborted.ts'
import { countOf, type EmbedCall, validateCall } from './embed-call.ts'
import { encodeEnd, encodeError, encodeScores, encodeVectors } from './frame-codec.ts'
import { decodeRequest } from './request-codec.ts'
import { SignsOfLife } from './signs-of-life.ts'
import { scoreProblem, vectorBatches, vectorProblem } from './values.ts'

/** The serving side of `/p2p-ai/embed/1.0`: one call a stream. It never rejects; every end is written or resets. */
export function embedServer(init: ServeInit): StreamHandler {
  return serveStreams<EmbedCall>(init, {
    decode: body => validateCall(decodeRequest(body)),
    answer: async served => await answer(init.engine, served),
    encodeError
  })
}

async function answer(engine: InferenceEngine, { framed, peerId, request, abort }: Served<EmbedCall>): Promise<void> {
  expectNothingMore(framed).catch((error: unknown) => framed.fail(toP2paiError(error)))
  const signs = new SignsOfLife(framed, error => abort.abort(error))
  const options = { signal: abort.signal, tenant: peerId, onEvent: signs.say.bind(signs) }
  const result = await orAborted(compute(engine, request, options), abort.signal)
  checkResult(result, countOf(request))
  await orAborted(signs.end(result.model), abort.signal)
  try {
    for (const frame of framesOf(result)) await framed.write(frame)
  } catch (error) {
    // A stream that closed under a write was aborted before; then that is the reason, and the write its echo.
    abort.abort(toP2paiError(error))
    throw abort.signal.reason
  }
}

async function compute(
  engine: InferenceEngine,
  call: EmbedCall,
  options: EmbedOptions
): Promise<EmbedResult | RerankResult> {
  const { kind, ...request } = call
  if ('inputs' in request) {
    if (engine.embed === undefined) throw cannotDo(request.model, 'embeddings')
    return await engine.embed(request, options)
  }
  if (engine.rerank === undefined) throw cannotDo(request.model, 'rerank')
  return await engine.rerank(request, options)
}

/** An engine that breaks its contract fails here, and not at the reader. */
function checkResult(result: EmbedResult | RerankResult, count: number): void {
  const problem = 'vectors' in result ? vectorProblem(result.vectors, count) : scoreProblem(result.scores, count)
  if (problem !== undefined) throw new InternalError(`the engine gave a result that cannot be sent: ${problem}`)
}

/** Made one by one, as the reader takes them. */
function* framesOf(result: EmbedResult | RerankResult): Generator<Uint8Array> {
  if ('scores' in result) yield encodeScores(result.scores)
  else for (const batch of vectorBatches(result.vectors)) yield encodeVectors(batch)
  yield encodeEnd(result.promptTokens)
}

/** A client of this version says nothing after its request. */
async function expectNothingMore(framed: FramedStream): Promise<void> {
  if ((await framed.read()) !== undefined) throw new ProtocolError('a frame came after the request')
}
