import { type AnswerResult, type EngineEvent, toP2paiError } from '../../index.ts'
import type { Terminal } from '../output/terminal.ts'
import { ReaderGoneError } from '../output/terminal.ts'
import { measured } from './measure.ts'

/** Prints every event of an answer as a line of JSON. An error is the last line, and is thrown. */
export async function printStream(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  terminal: Terminal
): Promise<AnswerResult> {
  try {
    return await measured(events, peerId, event => terminal.writeJson(jsonEvent(event)))
  } catch (error) {
    if (!(error instanceof ReaderGoneError)) {
      await terminal.writeJson({ type: 'error', error: toP2paiError(error).toJSON() })
    }
    throw error
  }
}

/** Bytes are base64 texts in JSON. */
function jsonEvent(event: EngineEvent): unknown {
  if (event.type !== 'end' || event.conversationTag === undefined) return event
  return { ...event, conversationTag: Buffer.from(event.conversationTag).toString('base64') }
}
