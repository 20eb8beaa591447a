import { type Llama, type LlamaGrammar, LlamaGrammarEvaluationState, type LlamaModel, type Token } from 'node-llama-cpp'
import { InvalidRequestError, type ResponseFormat } from '../../../interface/index.ts'
import { ANY_OBJECT, enforceableSchema } from './schema.ts'

/** The grammar lets white space follow the value; this much of it means that nothing else will come. */
export const GRAMMAR_STOP = '\n\n\n\n'

/** Makes the grammar of a response format; undefined for plain text. Throws `InvalidRequestError`. */
export async function grammarFor(llama: Llama, format: ResponseFormat | undefined): Promise<LlamaGrammar | undefined> {
  if (format === undefined || format.type === 'text') return undefined
  const schema = format.type === 'json' ? ANY_OBJECT : enforceableSchema(format.schema)
  try {
    // Checked above, which the type of the library's parameter cannot know.
    return await llama.createGrammarForJsonSchema(schema as { type: 'object' })
  } catch (cause) {
    throw new InvalidRequestError('response_format.schema cannot be made into a grammar', {
      cause,
      details: { field: 'response_format.schema' }
    })
  }
}

/**
 * The one internal call: the library advances a grammar only over tokens that it draws itself, and a resumed answer
 * brings tokens that another provider drew. A test fails when an upgrade moves it.
 */
interface GrammarInternals {
  _bindings: {
    AddonSampler: {
      acceptGrammarEvaluationStateToken(state: unknown, token: number): void
      canBeNextTokenForGrammarEvaluationState(state: unknown, token: number): boolean
    }
  }
}

/** The state of a grammar after tokens that are already given. Throws `InvalidRequestError` when they do not fit it. */
export function grammarStateAfter(
  llama: Llama,
  model: LlamaModel,
  grammar: LlamaGrammar,
  given: readonly Token[]
): LlamaGrammarEvaluationState {
  const state = new LlamaGrammarEvaluationState({ model, grammar })
  const { AddonSampler } = (llama as unknown as GrammarInternals)._bindings
  const inner = (state as unknown as { _state: unknown })._state
  for (const token of given) {
    if (!AddonSampler.canBeNextTokenForGrammarEvaluationState(inner, token)) {
      throw new InvalidRequestError('resume does not fit response_format', { details: { field: 'resume' } })
    }
    AddonSampler.acceptGrammarEvaluationStateToken(inner, token)
  }
  return state
}
