import {
  type Answer,
  type AnswerResult,
  type Attempt,
  type EndEvent,
  type EngineEvent,
  InvalidRequestError,
  ProviderLostError,
  toP2paiError
} from '../interface/index.ts'

/** One question under way. `start` opens the events; it is called with the first read. */
export function createAnswer(start: (signal: AbortSignal) => AsyncIterable<EngineEvent>): Answer {
  const stop = new AbortController()
  let taken = false
  const events = async function* (): AsyncGenerator<EngineEvent> {
    if (taken) throw new InvalidRequestError('this answer was read already')
    taken = true
    yield* start(stop.signal)
  }
  return {
    events,
    async *[Symbol.asyncIterator]() {
      for await (const event of events()) {
        if (event.type === 'delta' && event.channel === 'answer') yield event.text
      }
    },
    async text() {
      return (await collectAnswer(events())).text
    },
    async result() {
      return await collectAnswer(events())
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
    }
  }
}

/** Reads all events of an answer and sums them up. Throws what they throw, and `ProviderLostError` without an end. */
export async function collectAnswer(events: AsyncIterable<EngineEvent>): Promise<AnswerResult> {
  const clock = new AnswerClock()
  let text = ''
  let model = { name: '', digest: '' }
  let peerId = ''
  try {
    for await (const event of events) {
      clock.see(event)
      if (event.type === 'accepted') {
        model = event.model
        peerId = event.provider?.peerId ?? ''
      }
      if (event.type === 'delta' && event.channel === 'answer') text += event.text
      if (event.type === 'end') {
        const attempts: Attempt[] = event.attempts ?? [{ peerId, outcome: 'ok' }]
        const { finishReason, usage } = event
        return { text, finishReason, model, provider: { peerId }, usage, timings: clock.timings(event), attempts }
      }
    }
  } catch (error) {
    throw toP2paiError(error)
  }
  throw new ProviderLostError('the answer has no end')
}

/** Measures an answer as its reader sees it. */
export class AnswerClock {
  readonly #startedAtMs = performance.now()
  #acceptedAtMs = 0
  #firstTokenAtMs = 0
  #firstTokens = 0
  #lastTokenAtMs = 0

  see(event: EngineEvent): void {
    const now = performance.now()
    if (event.type === 'accepted') this.#acceptedAtMs = now
    if (event.type !== 'delta') return
    if (this.#firstTokenAtMs === 0) {
      this.#firstTokenAtMs = now
      this.#firstTokens = event.tokenCount
    }
    this.#lastTokenAtMs = now
  }

  timings(end: EndEvent): AnswerResult['timings'] {
    const since = (atMs: number) => Math.round(Math.max(0, atMs - this.#startedAtMs))
    const seconds = (this.#lastTokenAtMs - this.#firstTokenAtMs) / 1_000
    const later = end.usage.completionTokens - this.#firstTokens
    return {
      discoveryMs: since(this.#acceptedAtMs),
      firstTokenMs: since(this.#firstTokenAtMs),
      totalMs: since(performance.now()),
      tokensPerSecond: seconds > 0 && later > 0 ? Math.round((10 * later) / seconds) / 10 : 0
    }
  }
}
