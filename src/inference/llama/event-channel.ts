import type { EngineEvent } from '../../interface/index.ts'

/** What stands behind a channel. */
export interface ChannelSource {
  /** Called by the first `next()`. */
  start(): void
  /** Called when the reader took an event. */
  onRead(event: EngineEvent): void
  /** Called when the reader leaves before the end. */
  onLeave(): void
}

/**
 * Events from callbacks to one reader. Unlike a generator it hears `return()` while a `next()` waits, so a reader
 * that leaves in the middle of silence is noticed at once.
 */
export class EventChannel implements AsyncIterableIterator<EngineEvent> {
  readonly #source: ChannelSource
  #events: EngineEvent[] = []
  #waiting: PromiseWithResolvers<IteratorResult<EngineEvent>>[] = []
  #state: 'idle' | 'open' | 'closed' = 'idle'
  #error: Error | undefined

  constructor(source: ChannelSource) {
    this.#source = source
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<EngineEvent>> {
    if (this.#state === 'idle') {
      this.#state = 'open'
      this.#source.start()
    }
    const event = this.#events.shift()
    if (event !== undefined) {
      this.#source.onRead(event)
      return { value: event, done: false }
    }
    if (this.#error !== undefined) {
      const error = this.#error
      this.#error = undefined
      throw error
    }
    if (this.#state === 'closed') return { value: undefined, done: true }
    const waiting = Promise.withResolvers<IteratorResult<EngineEvent>>()
    this.#waiting.push(waiting)
    return await waiting.promise
  }

  async return(): Promise<IteratorResult<EngineEvent>> {
    const left = this.#state === 'open'
    this.#events = []
    this.#error = undefined
    this.close()
    if (left) this.#source.onLeave()
    return { value: undefined, done: true }
  }

  /** Gives an event to the reader. A sign of life that nobody has read yet is replaced by the newer one. */
  push(event: EngineEvent): void {
    if (this.#state !== 'open') return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) {
      this.#source.onRead(event)
      waiting.resolve({ value: event, done: false })
    } else if (event.type === 'progress' && this.#events.at(-1)?.type === 'progress') {
      this.#events[this.#events.length - 1] = event
    } else this.#events.push(event)
  }

  /** Nothing follows. */
  close(): void {
    this.#state = 'closed'
    for (const waiting of this.#waiting.splice(0)) waiting.resolve({ value: undefined, done: true })
  }

  /** The reader gets what is there already, then the error. */
  fail(error: Error): void {
    if (this.#state !== 'open') return
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) waiting.reject(error)
    else this.#error = error
    this.close()
  }
}
