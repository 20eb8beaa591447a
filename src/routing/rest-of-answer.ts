import { type DeltaEvent, type EndEvent, type EngineEvent, ProtocolError } from '../interface/index.ts'
import type { Choice } from './choose.ts'
import type { FirstTokenInit } from './first-token.ts'
import type { Lane } from './lane.ts'
import type { Pace } from './pace.ts'
import { StreamJudge } from './stream-judge.ts'

/** What reading an answer from its first token on needs. */
export interface RestInit {
  lane: Lane
  first: DeltaEvent | EndEvent
  /** Of this provider: told of what comes. */
  pace: Pace
  toReader: FirstTokenInit['toReader']
  /** Before the end is given out: most readers leave there, and nothing after it would run. */
  onEnd: (end: EndEvent) => void
  /** Whether the answer may go on at somebody faster. */
  mayMove: () => boolean
  /** Somebody who is worth moving to from this speed. Never rejects. */
  findFaster: (tokensPerSecond: number) => Promise<Choice | undefined>
}

/** The answer from its first token on. Returns who shall go on because it is slow here; nothing at its end. */
export async function* restOfAnswer(init: RestInit): AsyncGenerator<EngineEvent, Choice | undefined> {
  const { lane, first, pace, toReader, onEnd, mayMove, findFaster } = init
  const { quote, model } = lane.choice
  const judge = new StreamJudge(quote?.decodeTokensPerSecond ?? model?.decodeTokensPerSecond, () => lane.elapsedMs)
  let isLooking = false
  let moveTo: Choice | undefined
  for (let event: EngineEvent = first; ; ) {
    if (event.type === 'end') onEnd(event)
    // In place, as this is done for every token: one more generator would be a seventh of what routing costs it.
    const givenAtMs = performance.now()
    yield toReader(event, lane)
    lane.held(performance.now() - givenAtMs)
    if (event.type === 'end') return undefined
    // The first tokens start the clock; a sign of life without tokens counts as none.
    const tokens = event.type === 'delta' && event !== first ? event.tokenCount : 0
    if (judge.isSlow(tokens) && !isLooking && mayMove()) {
      isLooking = true
      void findFaster(judge.tokensPerSecond).then(found => {
        moveTo = found
        isLooking = false
      })
    }
    if (moveTo !== undefined) return moveTo
    const askedAtMs = performance.now()
    const { value, done } = await lane.peek()
    lane.take()
    if (done === true) throw new ProtocolError('the answer has no end')
    event = value
    pace.came(event.type === 'delta' ? event.tokenCount : 0, performance.now() - askedAtMs)
  }
}
