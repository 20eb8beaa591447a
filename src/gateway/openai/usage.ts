import type { EndEvent } from '../../interface/index.ts'

/** `usage` of chat completions and completions. */
export function chatUsage({ usage }: EndEvent) {
  const { promptTokens, completionTokens, cachedPromptTokens } = usage
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedPromptTokens }
  }
}
