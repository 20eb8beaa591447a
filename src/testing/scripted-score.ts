import { type ModelInfo, type ScoreRequest, validateScoreRequest } from '../interface/index.ts'
import { scriptedAnswer, scriptedTokenId, scriptedTokens } from './scripted-answer.ts'
import type { ScriptedBatch } from './scripted-embed.ts'
import type { ScriptedEngineOptions } from './scripted-options.ts'

/** Margin of a word that the script does not have at its place: far from what rounding does. */
export const SCRIPTED_MARGIN = 8

/** The margins of an answer against the one of the script, or what the script makes of them. Throws what an engine throws. */
export function scriptedMargins(
  request: ScoreRequest,
  options: ScriptedEngineOptions,
  info: Pick<ModelInfo, 'contextSizeTokens' | 'features' | 'digest'>
): ScriptedBatch<number> {
  const { answer, model, messages } = validateScoreRequest(request)
  const own = scriptedAnswer({ model, messages }, options, info)
  const ownTokens = own.tokens.filter(token => token.channel === 'answer')
  const ownIds = ownTokens.map(scriptedTokenId)
  const ownText = ownTokens.slice(0, answer.tokenIds.length).map(({ text }) => text)
  const isOwn = answer.digest === info.digest && answer.tokenIds.every((id, index) => id === ownIds[index])
  // Ids that are right under a text that is not would make a lie of it.
  const ids =
    isOwn && answer.tokenIds.length > 0 && ownText.join('') === answer.text
      ? answer.tokenIds
      : scriptedTokens(answer.text).map(text => scriptedTokenId({ channel: 'answer', text }))
  const exact = ids.map((id, index) => (id === ownIds[index] ? 0 : SCRIPTED_MARGIN))
  return { values: [...(options.margins?.(exact) ?? exact)], promptTokens: own.promptTokens + ids.length }
}
