import { type AcceptIf, type GenerateRequest, mediaParts, type Resume } from '../../interface/index.ts'

/** An answer that a provider gave, as far as checking it needs it. */
export interface Answered {
  request: GenerateRequest
  /** The condition on which its provider took it. @default none */
  acceptIf?: AcceptIf
  /** Who gave all of it. */
  peerId: string
  /** The file that it says it has used. */
  digest: string
  /** What was delivered; absent where it is more than text, or made by several. */
  answer?: Resume
  /** The asker lets others read this conversation to check its answers. */
  hasConsent: boolean
  /** Who may not see it. */
  deny?: readonly string[]
}

/** Characters of about 8 tokens; shorter answers say nothing. */
const LEAST_LENGTH = 32

/**
 * Whether others can tell if the answer is of the model: one text by one provider, greedy, and with nothing that
 * changes which token is likeliest or cuts the answer.
 */
export function isAuditable({ request, answer }: Pick<Answered, 'request' | 'answer'>): boolean {
  const { sampling = {}, tools = [], toolChoice, responseFormat, stop = [], resume, messages } = request
  const { temperature, repeatPenalty = 1, frequencyPenalty = 0, presencePenalty = 0 } = sampling
  const isGreedy = temperature === 0 && repeatPenalty === 1 && frequencyPenalty === 0 && presencePenalty === 0
  const isFree = (responseFormat?.type ?? 'text') === 'text' && (tools.length === 0 || toolChoice === 'none')
  const isWhole =
    answer !== undefined && answer.text.length >= LEAST_LENGTH && stop.length === 0 && resume === undefined
  const isText = messages.every(message => message.role !== 'tool') && mediaParts(messages).length === 0
  return isGreedy && isFree && isWhole && isText
}
