import {
  type GenerateRequest,
  InvalidRequestError,
  messageText,
  UnsupportedFeatureError,
  validateRequest
} from '../../interface/index.ts'
import type { ChildRequest } from './ipc.ts'

/** Checks a request and refuses what this engine cannot do. Throws `InvalidRequestError` or `UnsupportedFeatureError`. */
export function checkRequest(request: GenerateRequest): GenerateRequest {
  const checked = validateRequest(request)
  const refuse = (field: string, what: string): never => {
    throw new UnsupportedFeatureError(`this engine takes no ${what}`, { details: { field } })
  }
  const { tools, toolChoice } = checked
  // Tools that must not be called change nothing.
  if ((tools?.length ?? 0) > 0 && toolChoice !== 'none') refuse('tools', 'tools')
  if (checked.acceptIf !== undefined) refuse('accept_if', 'bounds on time or price')
  for (const message of checked.messages) {
    if (message.role === 'tool' || (message.toolCalls?.length ?? 0) > 0) refuse('tools', 'tool calls')
    if (message.parts.some(part => part.type === 'media')) refuse('messages', 'images or other media')
  }
  if (checked.messages.every(message => messageText(message) === '')) {
    throw new InvalidRequestError('messages have no text', { details: { field: 'messages' } })
  }
  return checked
}

/** A checked request in the child's form. Ids of another file mean nothing here and stay behind. */
export function toChildRequest(request: GenerateRequest, tenant: string, digest: string): ChildRequest {
  const { messages, sampling, stop, maxTokens, responseFormat, logprobs, sessionId, conversationTag, resume } = request
  return {
    messages,
    tenant,
    sampling: sampling ?? {},
    stop: stop ?? [],
    ...(maxTokens !== undefined && { maxTokens }),
    ...(responseFormat !== undefined && { responseFormat }),
    ...(logprobs !== undefined && { logprobs }),
    ...(sessionId !== undefined && { sessionId }),
    ...(conversationTag !== undefined && { conversationTag }),
    ...(resume !== undefined && {
      resume: { text: resume.text, ...(resume.digest === digest && { tokenIds: resume.tokenIds }) }
    })
  }
}

/** Bytes of all text of a request. */
export function requestBytes(request: GenerateRequest): number {
  return request.messages.reduce((sum, message) => sum + Buffer.byteLength(messageText(message)), 0)
}
