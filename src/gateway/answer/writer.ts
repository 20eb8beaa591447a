import type { DeltaEvent, EndEvent } from '../../interface/index.ts'
import type { Failure } from '../failure.ts'

/** Writes one streamed answer in one dialect: each call returns the text to send, which may be empty. */
export interface AnswerWriter {
  /** Before the first part. */
  begin(): string
  delta(event: DeltaEvent): string
  /** The last text of a whole answer. */
  end(event: EndEvent): string
  /** The last text of a cut one, in a form at which the dialect's clients raise an error. */
  failure(failure: Failure): string
}

/** How a dialect streams. */
export interface StreamForm {
  contentType: 'text/event-stream' | 'application/x-ndjson'
  /** What may be sent while nothing happens, without any client taking it for content. `model`: what was asked for. */
  keepAlive(model: string): string
}

/** Server-sent events, with a comment as the sign of life. */
export const EVENT_STREAM: StreamForm = { contentType: 'text/event-stream', keepAlive: () => ': keep-alive\n\n' }

/** A server-sent event without a name. */
export function dataEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/** A server-sent event that is named as its data's type. */
export function namedEvent(value: { type: string; [field: string]: unknown }): string {
  return `event: ${value.type}\n${dataEvent(value)}`
}
