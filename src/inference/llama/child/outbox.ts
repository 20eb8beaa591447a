import type { ChildDelta, FromChild } from '../ipc.ts'
import type { Release } from './release.ts'

/**
 * Turns of the event loop until a message leaves: one opens the next tick, one gives it to the library, and in the
 * third it runs on a thread of its own. Sent before, the message wakes the parent, which on a machine with few cores
 * takes this one's: 1 % fewer tokens a second of a small model on two cores.
 */
const TURNS = 3

/** Joins what all sequences made in one tick into one message: messages cost more than their bytes. */
export class Outbox {
  readonly #send: (message: FromChild) => void
  #deltas: ChildDelta[] = []
  #scheduled = false

  constructor(send: (message: FromChild) => void) {
    this.#send = send
  }

  /** Adds text of a request; it leaves when the next tick has begun. */
  add(id: number, { channel, text, tokenIds, logprobs, toolCalls }: Release): void {
    if (tokenIds.length === 0 && text === '' && toolCalls === undefined) return
    this.#deltas.push({
      id,
      text,
      tokenIds,
      ...(channel === 'thought' && { channel }),
      ...(logprobs.length > 0 && { logprobs }),
      ...(toolCalls && { toolCalls })
    })
    if (this.#scheduled) return
    this.#scheduled = true
    this.#flushIn(TURNS)
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#deltas.length === 0) return
    const deltas = this.#deltas
    this.#deltas = []
    this.#send({ type: 'deltas', deltas })
  }

  #flushIn(turns: number): void {
    if (turns > 0) {
      setImmediate(() => this.#flushIn(turns - 1))
      return
    }
    this.#scheduled = false
    this.flush()
  }
}
