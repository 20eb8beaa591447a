import { randomUUID } from 'node:crypto'
import type { LlamaGrammar, Token } from 'node-llama-cpp'
import { ContextLengthExceededError, InvalidRequestError } from '../../../interface/index.ts'
import type { ChildRequest } from '../ipc.ts'
import { GRAMMAR_STOP, grammarFor, grammarStateAfter } from './grammar.ts'
import type { LoadedModel } from './loaded-model.ts'
import { renderPrompt } from './prompt.ts'

/** A request that is known to fit, before it takes a slot. */
export interface PreparedRequest {
  request: ChildRequest
  /** Prompt and the part of the answer that is given already. */
  tokens: Token[]
  /** How many of `tokens` are of the answer. */
  resumedTokens: number
  stopTokens: Set<number>
  stops: string[]
  grammar: LlamaGrammar | undefined
  /** Clamped to what the context leaves. */
  maxTokens: number
}

/**
 * Renders and counts a request. Throws `ContextLengthExceededError` with both numbers, or `InvalidRequestError`.
 */
export async function prepareRequest(loaded: LoadedModel, request: ChildRequest): Promise<PreparedRequest> {
  const { model, wrapper, contextSizeTokens } = loaded
  const prompt = renderPrompt(model, wrapper, request.messages)
  const resumed = resumedTokens(loaded, request.resume)
  const tokens = [...prompt.tokens, ...resumed]
  if (tokens.length === 0) {
    throw new InvalidRequestError('the prompt has no tokens', { details: { field: 'messages' } })
  }
  if (tokens.length >= contextSizeTokens) {
    throw new ContextLengthExceededError(
      `the prompt has ${tokens.length} tokens, the context holds ${contextSizeTokens} with the answer`,
      { details: { promptTokens: tokens.length, contextSizeTokens } }
    )
  }
  const grammar = await grammarFor(loaded.llama, request.responseFormat)
  // Fails now, and not when the slot is taken, if what is given already does not fit.
  if (grammar !== undefined) grammarStateAfter(loaded.llama, model, grammar, resumed)
  return {
    request,
    tokens,
    resumedTokens: resumed.length,
    stopTokens: prompt.stopTokens,
    stops: [...request.stop, ...prompt.stopTexts, ...(grammar === undefined ? [] : [GRAMMAR_STOP])],
    grammar,
    maxTokens: Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, contextSizeTokens - tokens.length)
  }
}

/** Ids of this very model are appended as they are; anything else is tokenized as plain text that goes on. */
function resumedTokens({ model, vocabularySize }: LoadedModel, resume: ChildRequest['resume']): Token[] {
  if (resume === undefined || resume.text === '') return []
  const ids = resume.tokenIds ?? []
  if (ids.some(id => !Number.isSafeInteger(id) || id < 0 || (vocabularySize > 0 && id >= vocabularySize))) {
    throw new InvalidRequestError('resume has ids that are not of this model', { details: { field: 'resume' } })
  }
  const tokens = ids as Token[]
  // Control tokens have no text, so a stranger could slip them in; text that differs was cut within a token.
  const exact = !tokens.some(id => model.isSpecialToken(id)) && model.detokenize(tokens) === resume.text
  return exact ? tokens : model.tokenize(resume.text, false, 'trimLeadingSpace')
}

/** A name for a conversation that tells nothing, 16 bytes. */
export function newConversationTag(): Uint8Array {
  return Uint8Array.from(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'))
}
