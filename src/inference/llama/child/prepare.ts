import { createHash, randomUUID } from 'node:crypto'
import { LlamaText, type Token } from 'node-llama-cpp'
import { ContextLengthExceededError, InvalidRequestError, UnsupportedFeatureError } from '../../../interface/index.ts'
import type { ChildRequest } from '../ipc.ts'
import { AnswerReader } from './answer-reader.ts'
import { CallReader } from './call-reader.ts'
import { Constraint } from './constraint.ts'
import { type AnswerGrammars, type CallPlan, GRAMMAR_STOP, grammarsFor } from './grammar.ts'
import type { LoadedModel } from './loaded-model.ts'
import { type RenderedPrompt, renderPrompt } from './prompt.ts'

/** A request that is known to fit, before it takes a slot. */
export interface PreparedRequest {
  request: ChildRequest
  /** Prompt and the part of the answer that is given already. */
  tokens: Token[]
  /** How many of `tokens` are of the answer. */
  resumedTokens: number
  stopTokens: Set<number>
  /** Has read what is given already. */
  reader: AnswerReader
  constraint: Constraint
  /** Clamped to what the context leaves. */
  maxTokens: number
  /** Tokens of thoughts after which they are ended; those given already count. */
  maxThoughtTokens: number
  /** End a thought. */
  closingTokens: Token[]
}

/** An answer that is read up to where another provider stopped. */
interface Beginning {
  prompt: RenderedPrompt
  given: Token[]
  reader: AnswerReader
  constraint: Constraint
}

/**
 * Renders and counts a request. Throws `ContextLengthExceededError` with both numbers, or `InvalidRequestError`.
 */
export async function prepareRequest(loaded: LoadedModel, request: ChildRequest): Promise<PreparedRequest> {
  const { model, wrapper, contextSizeTokens } = loaded
  const plan = callPlan(loaded, request)
  const grammars = await grammarsFor(loaded.llama, request.responseFormat, plan)
  const { prompt, given, reader, constraint } = begin(loaded, request, grammars, plan)
  const tokens = [...prompt.tokens, ...given]
  if (tokens.length === 0) {
    throw new InvalidRequestError('the prompt has no tokens', { details: { field: 'messages' } })
  }
  if (tokens.length >= contextSizeTokens) {
    throw new ContextLengthExceededError(
      `the prompt has ${tokens.length} tokens, the context holds ${contextSizeTokens} with the answer`,
      { details: { promptTokens: tokens.length, contextSizeTokens } }
    )
  }
  return {
    request,
    tokens,
    resumedTokens: given.length,
    stopTokens: prompt.stopTokens,
    reader,
    constraint,
    maxTokens: Math.min(request.maxTokens ?? Number.POSITIVE_INFINITY, contextSizeTokens - tokens.length),
    maxThoughtTokens: (request.maxThoughtTokens ?? Number.POSITIVE_INFINITY) + reader.thoughtTokens,
    closingTokens: LlamaText(wrapper.settings.segments?.thought?.suffix ?? '').tokenize(model.tokenizer)
  }
}

function callPlan(loaded: LoadedModel, { tools = [], toolChoice = 'auto', parallelToolCalls }: ChildRequest) {
  if (tools.length === 0) return undefined
  const { callSyntax: syntax } = loaded
  if (syntax === undefined) {
    throw new UnsupportedFeatureError('calls of tools in the form of this model are not known', {
      details: { field: 'tools' }
    })
  }
  const isNamed = typeof toolChoice === 'object'
  return {
    syntax,
    tools: isNamed ? tools.filter(tool => tool.name === toolChoice.name) : tools,
    isDemanded: isNamed || toolChoice === 'required',
    isParallel: parallelToolCalls ?? true
  }
}

/** Renders the prompt and reads what is given of the answer; in the way that fits it, where there are two. */
function begin(
  loaded: LoadedModel,
  request: ChildRequest,
  grammars: AnswerGrammars,
  plan: CallPlan | undefined
): Beginning {
  const { model, wrapper, thoughtSyntax } = loaded
  const { resume, tools = [], maxThoughtTokens } = request
  const start = (thinks: boolean, given: Token[], text: string): Beginning & { isExact: boolean; fits: boolean } => {
    const prompt = renderPrompt(model, wrapper, request.messages, { tools, thinks })
    const constraint = new Constraint(loaded.llama, model)
    const reader = readerOf(loaded, request, { prompt, constraint, grammars, plan })
    if (grammars.answer !== undefined && !reader.isThinking) constraint.bind(grammars.answer)
    let fits = true
    const follow = (token: number) => {
      fits &&= constraint.follow(token)
      return fits
    }
    const isExact = reader.replay(given, text, follow)
    return { prompt, given, reader, constraint, isExact, fits }
  }
  const cannotThink = thoughtSyntax === undefined
  const thinks = maxThoughtTokens !== 0 || cannotThink
  const ids = idsOf(loaded, resume)
  // With nothing left of the budget, the part that is given may have thoughts or not.
  for (const way of ids.length === 0 ? [] : thinks ? [true] : [false, true]) {
    const begun = start(way, ids, resume?.text ?? '')
    if (begun.isExact) return begun
  }
  if (resume === undefined || resume.text === '') {
    if (ids.length === 0) return start(thinks, [], '')
    throw new InvalidRequestError('resume has ids that do not make its text', { details: { field: 'resume' } })
  }
  // Text of another model is its answer; what it thought before is not known.
  const begun = start(cannotThink, model.tokenize(resume.text, false, 'trimLeadingSpace'), resume.text)
  if (begun.fits) return begun
  throw new InvalidRequestError('resume does not fit response_format or tools', { details: { field: 'resume' } })
}

function readerOf(
  { model, thoughtSyntax }: LoadedModel,
  request: ChildRequest,
  init: {
    prompt: RenderedPrompt
    constraint: Constraint
    grammars: AnswerGrammars
    plan: CallPlan | undefined
  }
): AnswerReader {
  const { prompt, constraint, grammars, plan } = init
  const names = plan?.tools.map(tool => tool.name) ?? []
  return new AnswerReader({
    detokenize: (ids, before) => model.detokenize(ids as Token[], true, before as Token[]),
    isControl: id => model.isSpecialToken(id as Token),
    stops: [...request.stop, ...(request.responseFormat?.type.startsWith('json') ? [GRAMMAR_STOP] : [])],
    endings: prompt.stopTexts,
    ...(thoughtSyntax && { thought: thoughtSyntax }),
    startsInThought: prompt.startsInThought && thoughtSyntax !== undefined,
    ...(plan && {
      calls: {
        openings: plan.syntax.openings(names),
        reader: new CallReader({
          syntax: plan.syntax,
          names,
          idOf: index => callId(prompt.tokens, index),
          maxCalls: grammars.maxCalls
        })
      }
    }),
    onCall: (before, ids) => constraint.state !== undefined || constraint.bind(grammars.calls(before), ids),
    onAnswer: () => {
      if (grammars.answer !== undefined) constraint.bind(grammars.answer)
    }
  })
}

/** Ids of this very model. Throws `InvalidRequestError` when they cannot be. */
function idsOf({ vocabularySize }: LoadedModel, resume: ChildRequest['resume']): Token[] {
  const ids = resume?.tokenIds ?? []
  if (ids.some(id => !Number.isSafeInteger(id) || id < 0 || (vocabularySize > 0 && id >= vocabularySize))) {
    throw new InvalidRequestError('resume has ids that are not of this model', { details: { field: 'resume' } })
  }
  return ids as Token[]
}

/** The same for the same prompt, so that a call that goes on elsewhere keeps its id. */
function callId(prompt: readonly Token[], index: number): string {
  const hash = createHash('sha256').update(Uint32Array.from([...prompt, index]))
  return `call_${hash.digest('hex').slice(0, 24)}`
}

/** A name for a conversation that tells nothing, 16 bytes. */
export function newConversationTag(): Uint8Array {
  return Uint8Array.from(Buffer.from(randomUUID().replaceAll('-', ''), 'hex'))
}
