import { type DeltaEvent, type EndEvent, SlowReaderError } from '../../interface/index.ts'
import { failureOf } from '../failure.ts'
import type { Generation } from './generation.ts'
import type { AnswerWriter } from './writer.ts'

/** A writer, and the text with which it begins. */
export interface BegunWriter {
  writer: AnswerWriter
  begin: string
}

/** What a stream is made of. */
export interface TextStreamInit {
  generation: Generation
  /** The first part, if it was awaited before the stream began. */
  first: DeltaEvent | EndEvent | undefined
  /** A writer that has begun, as soon as it is known who answers. */
  begun: () => BegunWriter
  /** One that has not, for an answer that fails before. */
  writer: () => AnswerWriter
  keepAlive(): string
  /** Silence after which a sign of life is sent. */
  keepAliveMs: number
  /** A client that takes nothing for so long is given up. */
  stallMs: number
  /** Bytes that were given out. */
  onBytes(count: number): void
  onEvent(event: DeltaEvent | EndEvent): void
  onFailure(error: unknown): void
  /** Breaks the connection, and with it cancels the stream. False when there is none to break. */
  hangUp(): boolean
}

/**
 * An answer as text, part by part. Each part is on its way before the next is asked for, so that a slow reader slows
 * the engine; a reader that leaves, or stands still, ends the engine's work.
 */
export function textStream(init: TextStreamInit): ReadableStream<Uint8Array> {
  const { generation, keepAlive, keepAliveMs, stallMs, onBytes, onEvent, onFailure, hangUp } = init
  const encoder = new TextEncoder()
  let first = init.first
  let writer: AnswerWriter | undefined
  let stall: NodeJS.Timeout | undefined

  const part = async (): Promise<{ text: string; isLast: boolean }> => {
    try {
      const event = first ?? (await generation.next(keepAliveMs))
      first = undefined
      if (event === undefined) return { text: keepAlive(), isLast: false }
      let begin = ''
      if (writer === undefined) ({ writer, begin } = init.begun())
      onEvent(event)
      if (event.type === 'delta') return { text: begin + writer.delta(event), isLast: false }
      return { text: begin + writer.end(event), isLast: true }
    } catch (error) {
      generation.stop()
      onFailure(error)
      return { text: (writer ?? init.writer()).failure(failureOf(error)), isLast: true }
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        clearTimeout(stall)
        const { text, isLast } = await part()
        const bytes = encoder.encode(text)
        onBytes(bytes.byteLength)
        controller.enqueue(bytes)
        if (isLast) return controller.close()
        stall = setTimeout(() => {
          const error = new SlowReaderError(`the client took nothing for ${stallMs} ms`)
          generation.stop(error)
          onFailure(error)
          if (!hangUp()) controller.error(error)
        }, stallMs)
      },
      cancel() {
        clearTimeout(stall)
        generation.stop()
      }
    },
    { highWaterMark: 0 }
  )
}
