import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { EngineCrashedError } from '../../interface/index.ts'

/** Longest event: a tool call in one piece may hold a file; a token takes 300 bytes. */
export const MAX_EVENT_BYTES = 1 << 20

/** What a stream of events holds. A comment is a sign of life without content. */
export type StreamItem = { type: 'event'; name: string | undefined; data: string } | { type: 'comment' }

/**
 * Server-sent events out of bytes, one at a time as the reader asks. Throws `EngineCrashedError` for bytes that are no
 * UTF-8, for an event beyond `maxEventBytes`, for lines that are no fields, and when the bytes end inside an event.
 */
export async function* eventSource(
  bytes: AsyncIterable<Uint8Array>,
  maxEventBytes = MAX_EVENT_BYTES
): AsyncGenerator<StreamItem> {
  const items: StreamItem[] = []
  let failure: string | undefined
  const parser = createParser({
    onEvent: ({ event, data }: EventSourceMessage) => items.push({ type: 'event', name: event, data }),
    onComment: () => items.push({ type: 'comment' }),
    onError: error => {
      failure ??= error.type === 'unknown-field' ? 'lines that are no events' : 'a stream that cannot be read'
    },
    maxBufferSize: maxEventBytes
  })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let tail = ''
  for await (const piece of bytes) {
    const text = decode(decoder, piece)
    tail = (tail + text).slice(-2)
    feed(parser, text)
    yield* items.splice(0)
    if (failure !== undefined) throw new EngineCrashedError(`the server behind this node sent ${failure}`)
  }
  if (tail !== '' && !/[\r\n]$/.test(tail)) {
    throw new EngineCrashedError('the server behind this node broke off inside of an event')
  }
}

function decode(decoder: InstanceType<typeof TextDecoder>, piece: Uint8Array): string {
  try {
    return decoder.decode(piece, { stream: true })
  } catch (cause) {
    throw new EngineCrashedError('the server behind this node sent text that is not UTF-8', { cause })
  }
}

function feed(parser: ReturnType<typeof createParser>, text: string): void {
  try {
    parser.feed(text)
  } catch (cause) {
    throw new EngineCrashedError('the server behind this node sent an event without an end', { cause })
  }
}
