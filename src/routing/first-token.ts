import { type DeltaEvent, type EndEvent, type EngineEvent, ProtocolError } from '../interface/index.ts'
import { Alarm } from './alarm.ts'
import { NotTakenError } from './blame.ts'
import type { Lane } from './lane.ts'

/** What waiting for the first token needs. */
export interface FirstTokenInit {
  first: Lane
  /** The first provider must have taken the request by then, or it is left. @default its own patience */
  acceptWithinMs?: number
  /** After this a second provider gets the request too; where none is to spare then, it is asked for again later. @default never */
  hedgeAfterMs?: number
  /** A second provider gets it at once to stand in its queue too; whichever starts first keeps it. @default false */
  isTied?: boolean
  /** Opens the second one; undefined when there is none to spare. */
  second: (why: 'tie' | 'hedge') => Promise<Lane | undefined>
  /** A provider was left because the other one was first or still works. */
  onLeft: (lane: Lane, error?: unknown) => void
  /** An event as the reader gets it. */
  toReader: (event: EngineEvent, lane: Lane) => EngineEvent
}

/** Who gave the first token, or what the last of them failed with. */
export type FirstToken = { lane: Lane; event: DeltaEvent | EndEvent } | Failed

interface Failed {
  lane: Lane
  error: unknown
}
type News = Alarm | Failed | { lane: Lane; event: EngineEvent } | { second: Lane | undefined }

/** Waits for the first token of one provider, or of two. Yields what comes before it; the loser is stopped at once. */
export async function* firstToken(init: FirstTokenInit): AsyncGenerator<EngineEvent, FirstToken> {
  const { first, toReader } = init
  const lanes = [first]
  /** Whose events the reader gets, and what another one said before it was known who wins. */
  let shown = first
  let held: EngineEvent[] = []
  const started = new Set<Lane>()
  const accept = new Alarm(init.acceptWithinMs)
  const tie = new Alarm(init.isTied === true ? 0 : undefined)
  let hedgeAfterMs = init.hedgeAfterMs
  let hedge = new Alarm(hedgeAfterMs)
  /** A second one that is being looked for. The first goes on meanwhile. */
  let opening: Promise<{ second: Lane | undefined }> | undefined
  let failed: Failed | undefined
  let result: FirstToken | undefined
  const leave = (lane: Lane) => {
    lanes.splice(lanes.indexOf(lane), 1)
    if (lane === first) accept.stop()
    if (lane !== shown) held = []
    void lane.close().catch(() => undefined)
  }
  const later = () => {
    hedgeAfterMs = hedgeAfterMs && 2 * hedgeAfterMs
    return new Alarm(hedgeAfterMs)
  }
  try {
    while (result === undefined) {
      const alarms = [accept, tie, hedge].filter(alarm => alarm.isSet).map(alarm => alarm.rung)
      const news: News = await Promise.race([...lanes.map(nextOf), ...alarms, ...(opening ? [opening] : [])])
      if (news === tie || news === hedge) {
        news.stop()
        if (lanes.length === 1 && opening === undefined) opening = opened(init.second(news === tie ? 'tie' : 'hedge'))
        else if (news === hedge) hedge = later()
        continue
      }
      if ('second' in news) {
        opening = undefined
        if (news.second !== undefined) lanes.push(news.second)
        else if (failed !== undefined) result = failed
        else if (!hedge.isSet) hedge = later()
        if (failed !== undefined && news.second !== undefined) init.onLeft(failed.lane, failed.error)
        failed = undefined
      } else if (news instanceof Alarm || 'error' in news) {
        const loss =
          news instanceof Alarm
            ? { lane: first, error: new NotTakenError('the provider did not take the request in time') }
            : news
        leave(loss.lane)
        if (lanes.length > 0) init.onLeft(loss.lane, loss.error)
        else if (opening !== undefined) failed = loss
        else result = loss
      } else {
        const { lane, event } = news
        lane.take()
        if (lane === first) accept.stop()
        if (event.type === 'delta' || event.type === 'end') result = { lane, event }
        else if (lane === shown) yield* given(event, lane, toReader)
        else held = [...held.filter(({ type }) => type !== event.type), event]
        if (init.isTied === true && hasStarted(event)) started.add(lane)
        const hasWon = (other: Lane) =>
          result === undefined ? started.size === 0 || started.has(other) : other === lane
        for (const loser of lanes.filter(other => !hasWon(other))) {
          leave(loser)
          init.onLeft(loser)
        }
      }
      // The one that is left shows itself now.
      if (lanes[0] !== undefined && !lanes.includes(shown)) {
        shown = lanes[0]
        for (const event of held.splice(0)) yield* given(event, shown, toReader)
      }
    }
    return result
  } finally {
    for (const alarm of [accept, tie, hedge]) alarm.stop()
    const late = opening?.then(async ({ second }) => await second?.close())
    late?.catch(() => undefined)
    if (result === undefined) await Promise.all(lanes.map(lane => lane.close().catch(() => undefined)))
  }
}

/** Gives an event to the reader, whose time with it is not the provider's. */
async function* given(
  event: EngineEvent,
  lane: Lane,
  toReader: FirstTokenInit['toReader']
): AsyncGenerator<EngineEvent, void> {
  const atMs = performance.now()
  yield toReader(event, lane)
  lane.held(performance.now() - atMs)
}

/** Whether the provider has begun to work on it. */
function hasStarted(event: EngineEvent): boolean {
  return event.type === 'accepted' ? event.queuePosition === 0 : event.type !== 'progress' || event.phase !== 'queued'
}

/** Where no second one can be opened the first goes on alone, and its end tells what came of it. */
async function opened(second: Promise<Lane | undefined>): Promise<{ second: Lane | undefined }> {
  return { second: await second.catch(() => undefined) }
}

async function nextOf(lane: Lane): Promise<Failed | { lane: Lane; event: EngineEvent }> {
  try {
    const { value, done } = await lane.peek()
    return done === true ? { lane, error: new ProtocolError('the answer has no end') } : { lane, event: value }
  } catch (error) {
    return { lane, error }
  }
}
