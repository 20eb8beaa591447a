import {
  type EmbedRequest,
  type RerankRequest,
  validateEmbedRequest,
  validateRerankRequest
} from '../../interface/index.ts'

/** What one stream asks for. */
export type EmbedCall = ({ kind: 'embed' } & EmbedRequest) | ({ kind: 'rerank' } & RerankRequest)

/** How many vectors or scores the answer has. */
export function countOf(call: EmbedCall): number {
  return call.kind === 'embed' ? call.inputs.length : call.documents.length
}

/** Checks a stranger's call. Throws `InvalidRequestError` with `details.field`, or `PayloadTooLargeError`. */
export function validateCall(call: EmbedCall): EmbedCall {
  if (call.kind === 'embed') return { ...validateEmbedRequest(call), kind: 'embed' }
  return { ...validateRerankRequest(call), kind: 'rerank' }
}
