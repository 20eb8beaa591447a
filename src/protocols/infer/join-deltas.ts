import type { DeltaEvent, EngineEvent } from '../../interface/index.ts'

/** A joined delta is sent when its text or its calls reach this, so that a frame stays far below its bound. */
const MAX_JOINED_LENGTH = 4 << 10
/** The same for tokens with log probabilities, each of which takes up to a few hundred bytes. */
const MAX_JOINED_LOGPROBS = 64

/**
 * Passes the first delta at once and joins later ones for at most `joinMs`, because a write costs more than a token.
 * The order of events stays; a delta held back goes out before whatever follows it, an error too.
 */
export async function* joinDeltas(source: AsyncIterable<EngineEvent>, joinMs: number): AsyncGenerator<EngineEvent> {
  const iterator = source[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<EngineEvent>> | undefined
  let isFirst = true
  try {
    for (;;) {
      const { value, done } = await (next ?? iterator.next())
      next = undefined
      if (done === true) return
      if (value.type !== 'delta' || isFirst) {
        isFirst &&= value.type !== 'delta'
        yield value
        continue
      }
      let held: DeltaEvent = value
      const timer = startTimer(joinMs)
      try {
        while (hasRoom(held)) {
          next = iterator.next()
          const winner = await Promise.race([next, timer.over])
          if (winner === undefined || winner.done === true || !canJoin(held, winner.value)) break
          held = join(held, winner.value)
          next = undefined
        }
      } catch {
        // The error is kept in `next`, and thrown from there after what was held is out.
      } finally {
        timer.stop()
      }
      yield held
    }
  } finally {
    // Nobody waits for a read that is under way when the reader leaves; its failure is the reader's own doing.
    next?.catch(() => undefined)
    await iterator.return?.()
  }
}

function hasRoom({ text, logprobs = [], toolCalls = [] }: DeltaEvent): boolean {
  const length = toolCalls.reduce((sum, call) => sum + call.arguments.length, text.length)
  return length < MAX_JOINED_LENGTH && logprobs.length < MAX_JOINED_LOGPROBS
}

function canJoin(held: DeltaEvent, event: EngineEvent): event is DeltaEvent {
  const hasIds = held.tokenIds !== undefined
  return event.type === 'delta' && event.channel === held.channel && (event.tokenIds !== undefined) === hasIds
}

function join(held: DeltaEvent, event: DeltaEvent): DeltaEvent {
  const joined: DeltaEvent = { ...held, text: held.text + event.text, tokenCount: held.tokenCount + event.tokenCount }
  if (held.tokenIds && event.tokenIds) joined.tokenIds = [...held.tokenIds, ...event.tokenIds]
  if (held.logprobs || event.logprobs) joined.logprobs = [...(held.logprobs ?? []), ...(event.logprobs ?? [])]
  if (held.toolCalls || event.toolCalls) joined.toolCalls = [...(held.toolCalls ?? []), ...(event.toolCalls ?? [])]
  return joined
}

function startTimer(ms: number): { over: Promise<undefined>; stop(): void } {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>(resolve => {
    timer = setTimeout(resolve, ms, undefined)
  })
  return { over, stop: () => clearTimeout(timer) }
}
