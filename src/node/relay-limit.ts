import type { Connection } from '@libp2p/interface'

/** What crosses a limit is not passed on: up to a whole frame of the encrypted line is missing in what came. */
const LARGEST_PIECE_BYTES = 64 << 10
/** Both ends start their clocks a moment after the relay has, and a stream tells of its end a moment later. */
const CLOCK_SLACK_S = 1
/** The limit is told in seconds; relays of js-libp2p tell milliseconds. Less than this cannot be meant so. */
const LEAST_MS = 1_000

const DATA_USED = 'the relay limit was reached: the data that the relay allows one connection is used up'
const TIME_OVER = 'the relay limit was reached: the time that the relay allows one connection is over'

/**
 * Says that a relayed connection, which is lost now, was cut by the limit that its relay sets for each; undefined when
 * it was something else, such as the other end.
 */
export function relayLimitReached({ limits, timeline }: Pick<Connection, 'limits' | 'timeline'>): string | undefined {
  if (limits?.bytes !== undefined && limits.bytes < LARGEST_PIECE_BYTES) return DATA_USED
  if (limits?.seconds === undefined) return undefined
  const ageS = (Date.now() - timeline.open) / 1_000
  const told = ageS + limits.seconds
  const meant = told < LEAST_MS ? [told] : [told, told / 1_000]
  const isOver = meant.some(seconds => Math.abs(ageS - seconds) <= CLOCK_SLACK_S + 0.1 * seconds)
  return isOver ? TIME_OVER : undefined
}
