import {
  type ChatHistoryItem,
  type ChatWrapper,
  type LlamaModel,
  LlamaText,
  SpecialToken,
  type SpecialTokensText
} from 'node-llama-cpp'

/** How a model writes calls of tools, as text in which control tokens are written out. */
export interface CallSyntax {
  /** In front of the first name, for example `<tool_call>\n{"name": "`. */
  head: string
  /** Between two calls; undefined where an answer has one call only. */
  next: string | undefined
  /** Between a name and its arguments. */
  afterName(name: string): string
  afterArguments(name: string): string
  /** After the last call; may be empty. */
  end: string
  /** Whatever of it shows up in an answer begins a call. */
  openings(names: readonly string[]): string[]
}

/** How a model writes its reasoning. */
export interface ThoughtSyntax {
  /** Begins a thought; undefined when the template does. */
  opening: string | undefined
  /** Ends it. */
  closing: string
}

/** A mark this short would be found in every text. */
const MIN_OPENING_LENGTH = 4
const NAME = '{{functionName}}'

/** The syntax of the chat template; undefined where a call is not told from an answer by its beginning. */
export function callSyntaxOf(wrapper: ChatWrapper, model: LlamaModel): CallSyntax | undefined {
  if (!hasPlainAnswers(wrapper)) return undefined
  const { call, parallelism } = wrapper.settings.functions
  const textOf = (value: string | LlamaText | undefined) => writtenText(model, value)
  const prefix = textOf(call.prefix)
  const head = (textOf(parallelism?.call.sectionPrefix) + prefix).trimStart()
  const opening = openingOf(head)
  if (opening.length < MIN_OPENING_LENGTH) return undefined
  const afterName = textOf(call.paramsPrefix)
  const afterArguments = textOf(call.suffix)
  return {
    head,
    next: parallelism && textOf(parallelism.call.betweenCalls) + prefix,
    end: textOf(parallelism?.call.sectionSuffix),
    afterName: name => afterName.replaceAll(NAME, name),
    afterArguments: name => afterArguments.replaceAll(NAME, name),
    // JSON that is no call may begin like one; it is one when it names a tool.
    openings: names =>
      head.startsWith('{') ? names.map(name => (head + name + afterName.replaceAll(NAME, name)).trimEnd()) : [opening]
  }
}

/** The syntax of thoughts; undefined for a model that does not reason in a way that can be told from its answer. */
export function thoughtSyntaxOf(wrapper: ChatWrapper, model: LlamaModel): ThoughtSyntax | undefined {
  const thought = wrapper.settings.segments?.thought
  if (thought === undefined || !hasPlainAnswers(wrapper)) return undefined
  const closing = writtenText(model, thought.suffix).trim()
  const opening = isOpenedByTemplate(thought.prefix) ? undefined : writtenText(model, thought.prefix).trim()
  if (closing.length < MIN_OPENING_LENGTH || (opening !== undefined && opening.length < MIN_OPENING_LENGTH))
    return undefined
  return { opening, closing }
}

/** Whether the template itself opens the thought that an answer begins with. */
export function isOpenedByTemplate(prefix: unknown): prefix is { type: 'openedOnStart' } {
  return typeof prefix === 'object' && prefix !== null && 'type' in prefix && prefix.type === 'openedOnStart'
}

/** Templates that put every answer into a channel of its own are not read yet. */
function hasPlainAnswers(wrapper: ChatWrapper): boolean {
  const chatHistory: ChatHistoryItem[] = [
    { type: 'user', text: 'Hello' },
    { type: 'model', response: [] }
  ]
  const state = wrapper.generateContextState({ chatHistory })
  return state.prefixTriggers === undefined && state.noPrefixTrigger === undefined
}

/** Up to the first white space of the first part that has text. */
function openingOf(head: string): string {
  return /^\S*/.exec(head)?.[0] ?? ''
}

/** A text with its control tokens written out, up to what ends an answer. */
function writtenText(model: LlamaModel, value: string | LlamaText | undefined): string {
  let text = ''
  for (const part of LlamaText(value ?? '').values) {
    if (typeof part === 'string') text += part
    else if (part instanceof SpecialToken) return text
    else {
      const end = endOfAnswer(model, part)
      if (end >= 0) return text + part.value.slice(0, end)
      text += part.value
    }
  }
  return text
}

function endOfAnswer(model: LlamaModel, part: SpecialTokensText): number {
  const ends = model
    .tokenize(part.value, true)
    .filter(token => model.isEogToken(token))
    .map(token => part.value.indexOf(model.detokenize([token], true)))
    .filter(at => at >= 0)
  return ends.length > 0 ? Math.min(...ends) : -1
}
