import {
  AbortedError,
  type AcceptedEvent,
  type DeltaEvent,
  type EndEvent,
  type EngineEvent,
  type GenerateRequest,
  type InferenceEngine,
  InvalidRequestError,
  ProtocolError,
  throwIfAborted,
  toP2paiError,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import { type FieldNames, renamed } from './field-names.ts'
import { Patience } from './patience.ts'

/** One request of a client, as the engine shall get it. */
export interface Ask {
  request: GenerateRequest
  stream: boolean
  /** The client needs a context of so many tokens; `field` is what it calls that. */
  minContext?: { tokens: number; field: string }
  /** The client wants reasoning; what it calls that. */
  thinks?: string
  /** What the client calls fields of the engine's request, for errors. */
  fields?: FieldNames
}

/** The engine's work for one client: what belongs to the answer, one event after the other. */
export class Generation {
  /** Called when somebody has taken the request: the time until the first token can be used. */
  onAccepted: () => void = () => undefined
  readonly #iterator: AsyncIterator<EngineEvent>
  readonly #abort = new AbortController()
  readonly #ask: Ask
  readonly #leave: () => void
  readonly #thinkers: ReadonlyMap<string, boolean>
  readonly #patience = new Patience()
  #pending: Promise<IteratorResult<EngineEvent>> | undefined
  #accepted: AcceptedEvent | undefined

  /** `leave` is called once when the work is over, whatever its end. `thinkers`: by digest, whether a model reasons. */
  constructor(
    engine: InferenceEngine,
    ask: Ask,
    leave: () => void,
    thinkers: ReadonlyMap<string, boolean> = new Map()
  ) {
    this.#ask = ask
    this.#thinkers = thinkers
    this.#leave = leave
    this.#iterator = engine.generate(ask.request, { signal: this.#abort.signal })[Symbol.asyncIterator]()
  }

  /** The model that was asked for. */
  get model(): string {
    return this.#ask.request.model
  }

  /** Who has taken the request. Another one may take over until the first token. */
  get accepted(): AcceptedEvent | undefined {
    return this.#accepted
  }

  /**
   * The next part of the answer, or its end; undefined when `waitMs` passed without one. Throws what the engine throws.
   */
  async next(waitMs?: number): Promise<DeltaEvent | EndEvent | undefined> {
    if (waitMs !== undefined) this.#patience.start(waitMs)
    try {
      for (;;) {
        this.#pending ??= this.#iterator.next()
        const result = await (waitMs === undefined ? this.#pending : this.#patience.race(this.#pending))
        if (result === undefined) {
          throwIfAborted(this.#abort.signal)
          return undefined
        }
        this.#pending = undefined
        if (result.done) throw new ProtocolError('the answer has no end')
        if (result.value.type === 'accepted') this.#take(result.value)
        else if (result.value.type === 'end') return await this.#finish(result.value)
        else if (result.value.type === 'delta') return result.value
      }
    } catch (error) {
      this.stop()
      throw renamed(toP2paiError(error), this.#ask.fields ?? {})
    }
  }

  /** Ends the work everywhere, on a remote machine too. Does nothing after the end. */
  stop(reason: Error = new AbortedError('the client is gone')): void {
    this.#abort.abort(reason)
    // Whoever waited for it has left.
    this.#pending?.catch(() => undefined)
    this.#iterator.return?.().catch(() => undefined)
    this.#over()
  }

  #take(accepted: AcceptedEvent): void {
    const { minContext } = this.#ask
    const { contextSizeTokens, model } = accepted
    if (minContext !== undefined && minContext.tokens > contextSizeTokens) {
      const { tokens, field } = minContext
      throw new InvalidRequestError(
        `${field}: ${tokens} was asked for, ${model.name} has ${contextSizeTokens} tokens`,
        {
          details: { field }
        }
      )
    }
    const { thinks } = this.#ask
    if (thinks !== undefined && this.#thinkers.get(model.digest) === false) {
      throw new UnsupportedFeatureError(`${thinks}: ${model.name} does not reason`, { details: { field: thinks } })
    }
    this.#accepted = accepted
    this.onAccepted()
  }

  async #finish(end: EndEvent): Promise<EndEvent> {
    // The engine's own clean-up runs only when it is asked once more.
    await this.#iterator.return?.()
    this.#over()
    return end
  }

  #over(): void {
    this.#patience.stop()
    this.#leave()
  }
}
