/** The servers that p2pai knows apart; `openai` is any other one. */
export type ServerKind = 'vllm' | 'sglang' | 'llama-server' | 'ollama' | 'p2pai' | 'openai'

/** A parameter beyond OpenAI's own, under the server's name for it. */
export type ExtraParameter = 'topK' | 'minP' | 'repeatPenalty'

/** The words for how much a model may think that all of these servers know. */
export type ReasoningEffort = 'low' | 'medium' | 'high'

/** What one kind of server takes and how it is asked. Read from each server's documentation of its OpenAI API. */
export interface KindFacts {
  /** Cheap, and answered only while the server can work. */
  healthPath: string
  /** Names of the parameters that it takes beyond OpenAI's. */
  extras: Partial<Record<ExtraParameter, string>>
  /** Takes `tool_choice`. Without it only `auto` and `none` can be honoured. */
  toolChoice: boolean
  /** Takes `parallel_tool_calls`. */
  parallelToolCalls: boolean
  /** The fields that switch reasoning off; undefined where there is no switch. */
  withoutThoughts?: Record<string, unknown>
  /** The fields that say how much a model may think. */
  withThoughts(effort: ReasoningEffort): Record<string, unknown>
  /** How the tokens of a prompt are counted without an answer; undefined where they cannot be. */
  count?: 'messages' | 'template'
  /** Scores of `/v1/rerank` are logits instead of 0 to 1; undefined where there is no rerank. */
  rerank?: 'logits' | 'scores'
  /** Vectors come from the server's own path, because OpenAI's cuts long texts in silence there. */
  embedPath: '/v1/embeddings' | '/api/embed'
}

const TEMPLATE_SWITCH = { chat_template_kwargs: { enable_thinking: false } }
const COMMON = {
  toolChoice: true,
  parallelToolCalls: true,
  withThoughts: (effort: ReasoningEffort) => ({ reasoning_effort: effort }),
  embedPath: '/v1/embeddings'
} as const

/** One line a kind of server. */
export const KINDS: Record<ServerKind, KindFacts> = {
  vllm: {
    ...COMMON,
    healthPath: '/health',
    extras: { topK: 'top_k', minP: 'min_p', repeatPenalty: 'repetition_penalty' },
    withoutThoughts: TEMPLATE_SWITCH,
    count: 'messages',
    rerank: 'scores'
  },
  sglang: {
    ...COMMON,
    healthPath: '/health',
    extras: { topK: 'top_k', minP: 'min_p', repeatPenalty: 'repetition_penalty' },
    withoutThoughts: TEMPLATE_SWITCH,
    rerank: 'scores'
  },
  'llama-server': {
    ...COMMON,
    healthPath: '/health',
    extras: { topK: 'top_k', minP: 'min_p', repeatPenalty: 'repeat_penalty' },
    withoutThoughts: TEMPLATE_SWITCH,
    // Older ones drop the field that OpenAI has for it.
    withThoughts: effort => ({ chat_template_kwargs: { reasoning_effort: effort } }),
    count: 'template',
    rerank: 'logits'
  },
  ollama: {
    ...COMMON,
    healthPath: '/api/version',
    extras: {},
    toolChoice: false,
    parallelToolCalls: false,
    withoutThoughts: { reasoning_effort: 'none' },
    embedPath: '/api/embed'
  },
  p2pai: {
    ...COMMON,
    healthPath: '/health',
    extras: { topK: 'top_k', minP: 'min_p', repeatPenalty: 'repeat_penalty' },
    withoutThoughts: { reasoning_effort: 'none' },
    rerank: 'scores'
  },
  openai: { ...COMMON, healthPath: '/v1/models', extras: {} }
}

/** The kind of server that lists a model so; undefined when the listing does not tell. */
export function kindOfOwner(owner: string): ServerKind | undefined {
  if (owner === 'vllm' || owner === 'sglang') return owner
  if (owner === 'llamacpp') return 'llama-server'
  return owner === 'this-node' || owner === 'network' ? 'p2pai' : undefined
}
