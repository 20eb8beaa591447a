import type { RemoteScore, ScoreRequest } from '../../interface/index.ts'
import { type AskInit, ask } from '../asking.ts'
import { MAX_ANSWER_FRAME_BYTES } from '../embed/constants.ts'
import { MarginsReader } from './margins-reader.ts'
import { encodeRequest } from './request-codec.ts'

/** The asking side of `/p2p-ai/score/1.0`: one answer on a stream of its own, and margins that were checked. */
export function scoreClient(init: AskInit): RemoteScore {
  return async (peer: string, request: ScoreRequest, signal: AbortSignal) => {
    const answer = new MarginsReader(request)
    const { deadlineMs } = request
    const frame = encodeRequest(request)
    for await (const _ of ask(init, {
      peer,
      signal,
      frame,
      maxFrameBytes: MAX_ANSWER_FRAME_BYTES,
      deadlineMs,
      answer
    }));
    return answer.result
  }
}
