import {
  type GenerateRequest,
  InvalidRequestError,
  type ModelFeatures,
  messageText,
  UnsupportedFeatureError,
  validateRequest
} from '../../interface/index.ts'
import type { ChildRequest } from './ipc.ts'

/** Checks a request and refuses what this engine cannot do. Throws `InvalidRequestError` or `UnsupportedFeatureError`. */
export function checkRequest(request: GenerateRequest, features: Pick<ModelFeatures, 'tools'>): GenerateRequest {
  const checked = validateRequest(request)
  const refuse = (field: string, what: string): never => {
    throw new UnsupportedFeatureError(`this engine takes no ${what}`, { details: { field } })
  }
  if (usesTools(checked) && !features.tools) refuse('tools', 'tools')
  if (checked.acceptIf !== undefined) refuse('accept_if', 'bounds on time or price')
  for (const message of checked.messages) {
    if (message.parts.some(part => part.type === 'media')) refuse('messages', 'images or other media')
  }
  if (checked.messages.every(message => messageText(message) === '' && !message.toolCalls?.length)) {
    throw new InvalidRequestError('messages have no text', { details: { field: 'messages' } })
  }
  return checked
}

/** Whether a request needs an engine with tools. Tools that must not be called change nothing. */
function usesTools({ tools = [], toolChoice, messages }: GenerateRequest): boolean {
  const inHistory = messages.some(message => message.role === 'tool' || (message.toolCalls?.length ?? 0) > 0)
  return inHistory || (tools.length > 0 && toolChoice !== 'none')
}

/** A checked request in the child's form. Ids of another file mean nothing here and stay behind. */
export function toChildRequest(request: GenerateRequest, tenant: string, digest: string): ChildRequest {
  const { messages, sampling, stop, maxTokens, responseFormat, logprobs, sessionId, conversationTag, resume } = request
  const { tools = [], toolChoice, parallelToolCalls, maxThoughtTokens } = request
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
    }),
    ...(tools.length > 0 && toolChoice !== 'none' && { tools }),
    ...(toolChoice !== undefined && { toolChoice }),
    ...(parallelToolCalls !== undefined && { parallelToolCalls }),
    ...(maxThoughtTokens !== undefined && { maxThoughtTokens })
  }
}
