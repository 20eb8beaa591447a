import { type EngineEvent, throwIfAborted } from '../../interface/index.ts'
import { AnswerReader } from './answer-reader.ts'
import type { ServerConnection } from './connection.ts'
import { eventSource, type StreamItem } from './event-source.ts'
import type { Liveness } from './liveness.ts'
import { type Patience, refuseSilence } from './patience.ts'
import { TICK, withTicks } from './with-ticks.ts'

/** After its reason to stop a server only has counts to tell; those are not worth a wait. */
const LAST_WORDS_MS = 2_000

/** One streamed completion. */
export interface CompletionInit {
  connection: ServerConnection
  liveness: Liveness
  body: object
  logprobs: number | undefined
  answerId: string
  patience: Patience
  /** Aborting it closes the connection. */
  signal: AbortSignal
}

/** What a completion was, once it has ended. */
export interface CompletionEnd {
  reader: AnswerReader
  /** When its first piece came, by `performance.now()`. */
  firstPieceAtMs: number
}

/**
 * Asks the server and passes on deltas, and signs of life while there are none. Returns at the end of a whole answer;
 * throws at any other end.
 */
export async function* completion(init: CompletionInit): AsyncGenerator<EngineEvent, CompletionEnd> {
  const { connection, liveness, patience, signal } = init
  const reader = new AnswerReader({ ...init, withoutKey: text => connection.withoutKey(text) })
  const bytes = connection.events('/v1/chat/completions', { body: init.body, signal })
  let heardAtMs = performance.now()
  let firstPieceAtMs: number | undefined
  let isQueued = false
  try {
    for await (const item of withTicks(eventSource(bytes), patience.progressMs)) {
      throwIfAborted(signal)
      const nowMs = performance.now()
      if (isPiece(item)) {
        if (isDone(item)) break
        heardAtMs = nowMs
        firstPieceAtMs ??= nowMs
        yield* reader.read(item.data)
        continue
      }
      if (reader.isWhole && nowMs - heardAtMs > LAST_WORDS_MS) break
      refuseSilence(nowMs - heardAtMs, firstPieceAtMs === undefined ? patience.firstPieceMs : patience.silenceMs)
      isQueued ||= item !== TICK && firstPieceAtMs === undefined
      if (liveness.check()) yield signOfLife(reader.tokens, firstPieceAtMs === undefined, isQueued)
    }
  } catch (error) {
    throwIfAborted(signal)
    // The server said that the answer is whole; how it hangs up after that takes nothing away.
    if (!reader.isWhole) throw error
  }
  return { reader, firstPieceAtMs: firstPieceAtMs ?? performance.now() }
}

type Event = Extract<StreamItem, { type: 'event' }>

function isPiece(item: StreamItem | typeof TICK): item is Event {
  return item !== TICK && item.type === 'event'
}

function isDone({ data }: Event): boolean {
  return data.trim() === '[DONE]'
}

/** Comments before the first piece are what servers send while a request waits. */
function signOfLife(done: number, isFirst: boolean, isQueued: boolean): EngineEvent {
  if (!isFirst) return { type: 'progress', phase: 'decoding', done, total: 0 }
  return { type: 'progress', phase: isQueued ? 'queued' : 'prefill', done: 0, total: 0 }
}
