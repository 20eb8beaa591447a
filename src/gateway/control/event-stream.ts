import { type EngineEvent, type P2paiError, toP2paiError } from '../../interface/index.ts'
import { eventToWire, type WireError } from './wire.ts'

/** The events of one answer as lines of JSON. */
export function eventStream(events: AsyncIterable<EngineEvent>, abort: () => void): ReadableStream<Uint8Array> {
  return lineStream(events, eventToWire, abort)
}

/**
 * Whatever comes as lines of JSON. Each is on its way before the next is asked for, so that a slow reader
 * slows the engine; a reader that leaves ends the engine's work through `abort`.
 */
export function lineStream<Item>(
  items: AsyncIterable<Item>,
  toLine: (item: Item) => unknown,
  abort: () => void
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const iterator = items[Symbol.asyncIterator]()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await iterator.next()
          if (done) return controller.close()
          controller.enqueue(encoder.encode(`${JSON.stringify(toLine(value))}\n`))
        } catch (error) {
          controller.enqueue(encoder.encode(`${JSON.stringify(errorLine(toP2paiError(error)))}\n`))
          controller.close()
        }
      },
      async cancel() {
        abort()
        await iterator.return?.()
      }
    },
    { highWaterMark: 0 }
  )
}

function errorLine(error: P2paiError): WireError {
  return { type: 'error', error: error.toJSON() }
}
