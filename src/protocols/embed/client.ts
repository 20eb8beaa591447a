import type { EmbedOptions, RemoteEmbed } from '../../interface/index.ts'
import { type AskInit, ask } from '../asking.ts'
import { MAX_ANSWER_FRAME_BYTES } from './constants.ts'
import type { EmbedCall } from './embed-call.ts'
import { encodeRequest } from './request-codec.ts'
import { ResultReader } from './result-reader.ts'

/** The asking side of `/p2p-ai/embed/1.0`: one request on a stream of its own, and a result that was checked. */
export function embedClient(init: AskInit): RemoteEmbed {
  return {
    embed: async (peer, request, signal, onEvent) =>
      (await read(init, { kind: 'embed', ...request }, { peer, signal, onEvent })).embedResult,
    rerank: async (peer, request, signal, onEvent) =>
      (await read(init, { kind: 'rerank', ...request }, { peer, signal, onEvent })).rerankResult
  }
}

interface Asked {
  peer: string
  signal: AbortSignal
  onEvent: EmbedOptions['onEvent']
}

async function read(init: AskInit, call: EmbedCall, { peer, signal, onEvent }: Asked): Promise<ResultReader> {
  const { deadlineMs } = call
  const answer = new ResultReader(call)
  const question = {
    peer,
    signal,
    frame: encodeRequest(call),
    maxFrameBytes: MAX_ANSWER_FRAME_BYTES,
    deadlineMs,
    answer
  }
  for await (const item of ask(init, question)) if (item !== 'part') onEvent?.(item)
  return answer
}
