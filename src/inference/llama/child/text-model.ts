import type { Llama, LlamaEmbeddingContext, LlamaModel, LlamaRankingContext, Token } from 'node-llama-cpp'
import { ContextLengthExceededError, InternalError, InvalidRequestError } from '../../../interface/index.ts'
import type { ChildTexts } from '../ipc.ts'
import type { Speed } from './speed.ts'
import type { ThreadGovernor } from './thread-governor.ts'
import type { TickGate } from './tick-gate.ts'

/** A model that turns texts into vectors, or ranks documents. It reads one text at a time. */
export interface TextModel {
  readonly llama: Llama
  readonly model: LlamaModel
  readonly reader: TextReader
  readonly gate: TickGate
  readonly governor: ThreadGovernor
  readonly prefillSpeed: Speed
  /** Never measured: nothing is drawn. */
  readonly decodeSpeed: Speed
  /** Most tokens of a text, or of a query with one document, marks at both ends included. */
  readonly contextSizeTokens: number
}

/** As much of it as reading takes. */
export type ReadingModel = Pick<TextModel, 'model' | 'reader' | 'contextSizeTokens'>

/** The kind of context that the model has. */
export type TextReader =
  | { task: 'embeddings'; context: LlamaEmbeddingContext }
  | { task: 'rerank'; context: LlamaRankingContext }

/** One text that is known to fit, and the way to read it. */
export interface PreparedText {
  tokens: number
  /** A vector of length 1, or a score from 0 to 1. */
  read(): Promise<Float32Array | number>
}

/** Frees what the model holds, inner things first. */
export async function disposeTextModel({ reader, model, llama }: TextModel): Promise<void> {
  await reader.context.dispose()
  await model.dispose()
  await llama.dispose()
}

/**
 * Counts all texts before any is read. Texts are tokenized as texts, whatever they look like. Throws
 * `ContextLengthExceededError` with both numbers, or `InvalidRequestError`.
 */
export function prepareTexts(loaded: ReadingModel, request: ChildTexts): PreparedText[] {
  const { model, reader } = loaded
  if (reader.task === 'embeddings' && request.task === 'embeddings') {
    const { context } = reader
    return request.inputs.map((input, index) => {
      const tokens = tokensOf(model, input, `inputs[${index}]`)
      const count = checkedCount(context.calculateInputLength(tokens), `inputs[${index}]`, loaded)
      return { tokens: count, read: async () => normalised((await context.getEmbeddingFor(tokens)).vector) }
    })
  }
  if (reader.task === 'rerank' && request.task === 'rerank') {
    const { context } = reader
    const query = tokensOf(model, request.query, 'query')
    return request.documents.map((document, index) => {
      const tokens = tokensOf(model, document, `documents[${index}]`)
      const count = checkedCount(context.calculateInputLength(query, tokens), `documents[${index}]`, loaded)
      return { tokens: count, read: async () => checkedScore(await context.rank(query, tokens)) }
    })
  }
  throw new InternalError(`a model for ${reader.task} was asked for ${request.task}`)
}

function tokensOf(model: LlamaModel, text: string, field: string): Token[] {
  const tokens = model.tokenize(text, false, 'trimLeadingSpace')
  if (tokens.length > 0) return tokens
  throw new InvalidRequestError(`${field} has nothing but blanks`, { details: { field } })
}

function checkedCount(promptTokens: number, field: string, { contextSizeTokens }: ReadingModel): number {
  if (promptTokens <= contextSizeTokens) return promptTokens
  throw new ContextLengthExceededError(
    `${field} has ${promptTokens} tokens, the context of the model holds ${contextSizeTokens}`,
    { details: { field, promptTokens, contextSizeTokens } }
  )
}

/** The same direction with length 1. Throws for a vector that has none. */
export function normalised(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector)
  if (!(length > 0 && Number.isFinite(length))) throw new InternalError('the model computed a vector without a length')
  return Float32Array.from(vector, value => value / length)
}

function checkedScore(score: number): number {
  if (score >= 0 && score <= 1) return score
  throw new InternalError('the model computed a score that is none')
}
