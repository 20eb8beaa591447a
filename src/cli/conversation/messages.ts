import { type GenerateRequest, type Message, type Session, type SessionTurn, textMessage } from '../../index.ts'

/** What was said before a question, as a model reads it. An answer that was cut is in it as far as it came. */
export function history(system: string | undefined, turns: readonly SessionTurn[] = []): Message[] {
  return [
    ...(system ? [textMessage('system', system)] : []),
    ...turns.flatMap(({ question, answer }) => [textMessage('user', question), textMessage('assistant', answer)])
  ]
}

/** What lets a provider find the conversation in its cache. */
export function sessionNames({ id, conversationTag }: Session): Pick<GenerateRequest, 'sessionId' | 'conversationTag'> {
  return { sessionId: id, ...(conversationTag && { conversationTag }) }
}
