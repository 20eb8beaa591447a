import { InvalidRequestError } from '../../interface/index.ts'
import * as pb from './embed.pb.ts'
import type { EmbedCall } from './embed-call.ts'

/** A call as the only frame of a client. */
export function encodeRequest(call: EmbedCall): Uint8Array {
  const { model, deadlineMs } = call
  const task =
    call.kind === 'embed'
      ? { embed: { inputs: call.inputs } }
      : { rerank: { query: call.query, documents: call.documents } }
  return pb.Request.encode({ model, ...(deadlineMs !== undefined && { deadlineMs }), ...task })
}

/** Reads a call of a stranger. Throws `InvalidRequestError`; values are not checked yet, see `validateCall`. */
export function decodeRequest(bytes: Uint8Array): EmbedCall {
  const { model, deadlineMs, embed, rerank } = decodeOrFail(bytes)
  const common = { model, ...(deadlineMs !== undefined && { deadlineMs }) }
  if (embed !== undefined) return { kind: 'embed', ...common, inputs: embed.inputs }
  if (rerank !== undefined) return { kind: 'rerank', ...common, query: rerank.query, documents: rerank.documents }
  throw new InvalidRequestError('the request has neither embed nor rerank', { details: { field: 'embed' } })
}

function decodeOrFail(bytes: Uint8Array): pb.Request {
  try {
    return pb.Request.decode(bytes)
  } catch (error) {
    throw new InvalidRequestError('the request is not a message of this protocol', { cause: error })
  }
}
