import type { DeltaEvent } from '../interface/index.ts'
import { type ScriptedToken, scriptedTokenId } from './scripted-answer.ts'

/** A token as it is given out. */
export function deltaOf(token: ScriptedToken, logprobs: number | undefined): DeltaEvent {
  const { channel, text, toolCall } = token
  return {
    type: 'delta',
    channel,
    text,
    tokenCount: 1,
    tokenIds: [scriptedTokenId(token)],
    ...(logprobs !== undefined && { logprobs: [likelihood(toolCall?.arguments ?? text, logprobs)] }),
    ...(toolCall && { toolCalls: [toolCall] })
  }
}

function likelihood(token: string, rivals: number) {
  const top = Array.from({ length: rivals }, (_, index) => ({
    token: index === 0 ? token : `rival ${index}`,
    logprob: -0.1 * (index + 1)
  }))
  return { token, logprob: -0.1, top }
}
