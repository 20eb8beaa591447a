import {
  cannotDo,
  InternalError,
  marginProblem,
  ProtocolError,
  type ScoreRequest,
  toP2paiError
} from '../../interface/index.ts'
import { encodeEnd, encodeError, encodeScores } from '../embed/frame-codec.ts'
import { SignsOfLife } from '../embed/signs-of-life.ts'
import { type Served, type ServeInit, type StreamHandler, serveStreams } from '../serving.ts'
import { orAborted } from '../until-aborted.ts'
import { MARGINS_PER_FRAME } from './constants.ts'
import { decodeRequest } from './request-codec.ts'

/** The serving side of `/p2p-ai/score/1.0`: one answer a stream. It never rejects; every end is written or resets. */
export function scoreServer(init: ServeInit): StreamHandler {
  return serveStreams<ScoreRequest>(init, {
    decode: decodeRequest,
    answer: async served => await answer(init.engine, served),
    encodeError
  })
}

async function answer(
  engine: ServeInit['engine'],
  { framed, peerId, request, abort }: Served<ScoreRequest>
): Promise<void> {
  const silence = async () => {
    if ((await framed.read()) !== undefined) throw new ProtocolError('a frame came after the request')
  }
  silence().catch((error: unknown) => framed.fail(toP2paiError(error)))
  if (engine.score === undefined) throw cannotDo(request.model, 'score')
  const signs = new SignsOfLife(framed, error => abort.abort(error))
  const options = { signal: abort.signal, tenant: peerId, onEvent: signs.say.bind(signs) }
  const { model, margins, promptTokens } = await orAborted(engine.score(request, options), abort.signal)
  const problem = marginProblem(margins)
  if (problem !== undefined) throw new InternalError(`the engine gave a score that cannot be sent: ${problem}`)
  await orAborted(signs.end(model), abort.signal)
  try {
    for (let at = 0; at < margins.length; at += MARGINS_PER_FRAME) {
      await framed.write(encodeScores([...margins.subarray(at, at + MARGINS_PER_FRAME)]))
    }
    await framed.write(encodeEnd(promptTokens))
  } catch (error) {
    // A stream that closed under a write was aborted before; then that is the reason, and the write its echo.
    abort.abort(toP2paiError(error))
    throw abort.signal.reason
  }
}
