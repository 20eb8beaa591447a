import type { AnswerParts } from './parts.ts'

/**
 * An answer as the body of a response. Each part is on its way before the next is asked for, so that a slow reader
 * slows the engine; a reader that leaves, or stands still, ends the engine's work.
 */
export function textStream(parts: AnswerParts): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let stall: NodeJS.Timeout | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall)
        const { text, isLast } = await parts.next()
        controller.enqueue(encoder.encode(text))
        if (isLast) return controller.close()
        stall = setTimeout(() => controller.error(parts.stalled()), parts.stallMs)
      },
      cancel() {
        clearTimeout(stall)
        parts.stop()
      }
    },
    { highWaterMark: 0 }
  )
}
