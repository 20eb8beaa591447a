import type { ChildDelta, FromChild } from '../ipc.ts'
import type { Release } from './release.ts'

/** Joins what all sequences made in one tick into one message: messages cost more than their bytes. */
export class Outbox {
  readonly #send: (message: FromChild) => void
  #deltas: ChildDelta[] = []
  #scheduled = false

  constructor(send: (message: FromChild) => void) {
    this.#send = send
  }

  /** Adds text of a request; it leaves before the next tick. */
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
    setImmediate(() => this.flush())
  }

  /** Sends what waits. */
  flush(): void {
    this.#scheduled = false
    if (this.#deltas.length === 0) return
    const deltas = this.#deltas
    this.#deltas = []
    this.#send({ type: 'deltas', deltas })
  }
}
