import { type AnswerResult, collectAnswer, type EngineEvent } from '../../index.ts'

/**
 * Sums an answer up while `print` shows its events, one after the other. `peerId` tells who answers when the events
 * name nobody: the engine that was asked answered itself. Times count from this call. Throws like `collectAnswer`, and what `print` throws as it is.
 */
export async function measured(
  events: AsyncIterable<EngineEvent>,
  peerId: () => string,
  print: (event: EngineEvent) => Promise<void> | void
): Promise<AnswerResult> {
  let unprinted: { reason: unknown } | undefined
  async function* shown(): AsyncGenerator<EngineEvent> {
    for await (const event of events) {
      try {
        await print(event)
      } catch (reason) {
        unprinted = { reason }
        throw reason
      }
      yield event.type === 'accepted' ? { ...event, provider: event.provider ?? { peerId: peerId() } } : event
    }
  }
  try {
    return await collectAnswer(shown())
  } catch (error) {
    throw unprinted === undefined ? error : unprinted.reason
  }
}
