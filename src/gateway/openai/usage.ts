import type { EndEvent } from '../../interface/index.ts'

/** `usage` of chat completions and completions. */
export function chatUsage({ usage }: EndEvent) {
  const { promptTokens, completionTokens, cachedPromptTokens, thoughtTokens = 0 } = usage
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedPromptTokens },
    completion_tokens_details: { reasoning_tokens: thoughtTokens }
  }
}
