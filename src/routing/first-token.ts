import { BusyError, type DeltaEvent, type EndEvent, type EngineEvent, ProtocolError } from '../interface/index.ts'
import type { Lane } from './lane.ts'

/** What waiting for the first token needs. */
export interface FirstTokenInit {
  first: Lane
  /** The first provider must have taken the request by then, or it is left. @default its own patience */
  acceptWithinMs?: number
  /** After this a second provider gets the request too. @default never */
  hedgeAfterMs?: number
  /** A second provider gets it at once to stand in its queue too; whichever starts first keeps it. @default false */
  isTied?: boolean
  /** Opens the second one; undefined when there is none to spare. */
  second: (why: 'tie' | 'hedge') => Promise<Lane | undefined>
  /** A provider was left because the other one was first or still works. */
  onLeft: (lane: Lane, error?: unknown) => void
}

/** Who gave the first token, or what the last of them failed with. */
export type FirstToken = { lane: Lane; event: DeltaEvent | EndEvent } | { lane: Lane; error: unknown }

type News = { lane: Lane; event: EngineEvent } | { lane: Lane; error: unknown }

/** Waits for the first token of one provider, or of two. Yields what comes before it; the loser is stopped at once. */
export async function* firstToken(
  init: FirstTokenInit
): AsyncGenerator<{ lane: Lane; event: EngineEvent }, FirstToken> {
  const { first, onLeft } = init
  const lanes = [first]
  /** What the second one said before it was known who wins. */
  const held: EngineEvent[] = []
  const started = new Set<Lane>()
  const accept = new Alarm(init.acceptWithinMs)
  const tie = new Alarm(init.isTied === true ? 0 : undefined)
  const hedge = new Alarm(init.hedgeAfterMs)
  let result: FirstToken | undefined
  try {
    while (result === undefined) {
      const alarms = [accept, tie, hedge].filter(alarm => alarm.isSet).map(alarm => alarm.rung)
      const news = await Promise.race([...lanes.map(nextOf), ...alarms])
      if (news === accept) {
        accept.stop()
        const error = new BusyError('the provider did not take the request in time')
        void first.close().catch(() => undefined)
        result = leave(lanes, { lane: first, error }, onLeft)
        continue
      }
      if (news === tie || news === hedge) {
        const why = news === tie ? 'tie' : 'hedge'
        news.stop()
        const second = lanes.length === 1 ? await init.second(why) : undefined
        if (second !== undefined) lanes.push(second)
        continue
      }
      const said = news as News
      if ('error' in said) {
        result = leave(lanes, said, onLeft)
        // The one that is left shows itself now.
        if (result === undefined && said.lane === first) {
          for (const event of held.splice(0)) yield { lane: lanes[0]!, event }
        }
        continue
      }
      said.lane.take()
      const { lane, event } = said
      if (lane === first) accept.stop()
      if (init.isTied === true && hasStarted(event)) {
        started.add(lane)
        const isFirstLeft = leaveQueues(lanes, started, onLeft).includes(first)
        if (isFirstLeft) accept.stop()
        if (isFirstLeft) for (const earlier of held.splice(0)) yield { lane, event: earlier }
      }
      if (event.type === 'delta' || event.type === 'end') {
        for (const loser of lanes.filter(other => other !== lane)) {
          void loser.close().catch(() => undefined)
          onLeft(loser)
        }
        if (lane !== first) for (const earlier of held) yield { lane, event: earlier }
        result = { lane, event }
      } else if (lane === lanes[0]) yield { lane, event }
      else held.push(event)
    }
    return result
  } finally {
    accept.stop()
    tie.stop()
    hedge.stop()
    if (result === undefined) await Promise.all(lanes.map(lane => lane.close().catch(() => undefined)))
  }
}

/** Whether the provider has begun to work on it. */
function hasStarted(event: EngineEvent): boolean {
  return event.type === 'accepted' ? event.queuePosition === 0 : event.type !== 'progress' || event.phase !== 'queued'
}

/** Takes those out that still wait while another one works. Returns them. */
function leaveQueues(lanes: Lane[], started: ReadonlySet<Lane>, onLeft: FirstTokenInit['onLeft']): Lane[] {
  const waiting = lanes.filter(lane => !started.has(lane))
  for (const lane of waiting) {
    lanes.splice(lanes.indexOf(lane), 1)
    void lane.close().catch(() => undefined)
    onLeft(lane)
  }
  return waiting
}

/** Takes a failed lane out. Its failure is the result when it was the last one. */
function leave(
  lanes: Lane[],
  failed: { lane: Lane; error: unknown },
  onLeft: FirstTokenInit['onLeft']
): FirstToken | undefined {
  lanes.splice(lanes.indexOf(failed.lane), 1)
  if (lanes.length === 0) return failed
  onLeft(failed.lane, failed.error)
  return undefined
}

async function nextOf(lane: Lane): Promise<News> {
  try {
    const { value, done } = await lane.peek()
    return done === true ? { lane, error: new ProtocolError('the answer has no end') } : { lane, event: value }
  } catch (error) {
    return { lane, error }
  }
}

/** Resolves `rung` with itself after its time, unless stopped. */
class Alarm {
  readonly rung: Promise<Alarm>
  /** Whether it may ring, or has rung and was not stopped since. */
  isSet: boolean
  readonly #timer: NodeJS.Timeout | undefined

  constructor(afterMs: number | undefined) {
    const { promise, resolve } = Promise.withResolvers<Alarm>()
    this.rung = promise
    this.isSet = afterMs !== undefined
    if (afterMs !== undefined) this.#timer = setTimeout(resolve, afterMs, this)
  }

  stop(): void {
    this.isSet = false
    clearTimeout(this.#timer)
  }
}
