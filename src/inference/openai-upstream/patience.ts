import { EngineCrashedError } from '../../interface/index.ts'
import { TICK, withTicks } from './with-ticks.ts'

/** How long a server may be silent. */
export interface Patience {
  /** Until the first piece of the answer. */
  firstPieceMs: number
  /** Between two pieces. */
  silenceMs: number
  /** Between two signs of life. */
  progressMs: number
}

/** Throws `EngineCrashedError` when nothing was heard for longer than the limit. */
export function refuseSilence(silentMs: number, limitMs: number): void {
  if (silentMs <= limitMs) return
  throw new EngineCrashedError(`the server behind this node sent nothing for ${Math.round(silentMs / 1000)} s`)
}

/** Waits for an answer that comes in one piece, with a tick now and then. */
export async function untilAnswered<Answer>(
  answer: Promise<Answer>,
  { firstPieceMs, progressMs }: Patience,
  onTick: () => void
): Promise<Answer> {
  const askedAtMs = performance.now()
  const once = (async function* () {
    yield await answer
  })()
  for await (const item of withTicks(once, progressMs)) {
    if (item !== TICK) return item
    refuseSilence(performance.now() - askedAtMs, firstPieceMs)
    onTick()
  }
  throw new EngineCrashedError('the server behind this node gave no answer')
}
