import type { Llama, LlamaGrammar } from 'node-llama-cpp'
import { InvalidRequestError, type ResponseFormat, type Tool } from '../../../interface/index.ts'
import { CALLS_RULE, callRules, MAX_CALLS } from './call-grammar.ts'
import type { CallSyntax } from './call-syntax.ts'
import { grammarOf } from './constraint.ts'
import { literal, schemaRules } from './gbnf.ts'
import { ANY_OBJECT, enforceableSchema } from './schema.ts'

/** The grammar lets white space follow the value; this much of it means that nothing else will come. */
export const GRAMMAR_STOP = '\n\n\n\n'

/** What an answer may call. */
export interface CallPlan {
  syntax: CallSyntax
  tools: readonly Tool[]
  /** The answer has calls and no text. */
  isDemanded: boolean
  isParallel: boolean
}

/** The grammars of one request. */
export interface AnswerGrammars {
  /** What the whole answer must fit; undefined where text is free. */
  answer: LlamaGrammar | undefined
  /** What follows the beginning of a call in free text, with this text in front of it. */
  calls(before: string): LlamaGrammar
  maxCalls: number
}

/** Makes the grammars of a request. Throws `InvalidRequestError`. */
export async function grammarsFor(
  llama: Llama,
  format: ResponseFormat | undefined,
  plan: CallPlan | undefined
): Promise<AnswerGrammars> {
  const formatted = await formatRules(llama, format)
  const maxCalls = plan?.isParallel && plan.syntax.next !== undefined ? MAX_CALLS : 1
  const calls = plan && (await callRules(llama, plan.syntax, plan.tools, maxCalls))
  // Some templates put white space in front of a call.
  const lead = `[ \\n]{0,2} ${CALLS_RULE}`
  const roots = [...(calls ? [lead] : []), ...(formatted && !plan?.isDemanded ? ['f-root'] : [])]
  const isBound = formatted !== undefined || plan?.isDemanded === true
  const withRoot = (root: string) => grammarOf(llama, [`root ::= ${root}`, formatted, calls].filter(Boolean).join('\n'))
  const plain = calls !== undefined && !isBound ? withRoot(CALLS_RULE) : undefined
  return {
    answer: isBound ? withRoot(roots.join(' | ')) : undefined,
    calls: before => (before === '' && plain) || withRoot(`${literal(before)} ${CALLS_RULE}`),
    maxCalls
  }
}

async function formatRules(llama: Llama, format: ResponseFormat | undefined): Promise<string | undefined> {
  if (format === undefined || format.type === 'text') return undefined
  const schema = format.type === 'json' ? ANY_OBJECT : enforceableSchema(format.schema)
  try {
    return await schemaRules(llama, schema, 'f-', true)
  } catch (cause) {
    throw new InvalidRequestError('response_format.schema cannot be made into a grammar', {
      cause,
      details: { field: 'response_format.schema' }
    })
  }
}
