import {
  type DeltaEvent,
  type EndEvent,
  type GenerateRequest,
  isSameButQuantized,
  MAX_RESUME_TOKENS,
  type ModelFeatures,
  type QuantizedModel,
  type Resume,
  type RouteOptions
} from '../interface/index.ts'

/** A model as far as it must be known to tell whether it can go on with an answer. */
export type ResumingModel = QuantizedModel & { digest: string; features: Pick<ModelFeatures, 'resume'> }

/**
 * What the reader of an answer has got so far, from however many providers. Another provider goes on exactly there,
 * so that the reader's text is what was delivered, joined.
 */
export class Delivered {
  readonly #asked: GenerateRequest
  /** Who made the first token; all others must have the same model. */
  #origin: QuantizedModel & { digest: string } = { name: '', digest: '', quantization: '', parameterCount: 0 }
  #text = ''
  /** Undefined as soon as some of the text has no ids of the origin's. */
  #tokenIds: number[] | undefined = []
  #tokens = 0
  #thoughtTokens = 0
  /** What was given out before the provider that answers now. */
  #earlier = { tokens: 0, thoughtTokens: 0 }
  /** Reasoning or calls of tools: only ids say where exactly it stopped. */
  #isMoreThanText = false

  constructor(asked: GenerateRequest) {
    this.#asked = asked
  }

  /** Nothing was given out: an answer may begin anew anywhere. */
  get isEmpty(): boolean {
    return this.#tokens === 0 && this.#text === '' && !this.#isMoreThanText
  }

  /** The text of the answer, reasoning left out. */
  get text(): string {
    return this.#text
  }

  /** All of it, as something to be checked; absent where it is more than text. */
  get answer(): Resume | undefined {
    return this.isEmpty || this.#isMoreThanText ? undefined : this.#resume()
  }

  /** Tokens given out. */
  get tokens(): number {
    return this.#tokens
  }

  /** Those of the provider that answers now. */
  get tokensOfLast(): number {
    return this.#tokens - this.#earlier.tokens
  }

  /** Another provider takes over. */
  next(): void {
    this.#earlier = { tokens: this.#tokens, thoughtTokens: this.#thoughtTokens }
  }

  /** Takes what was given out, by this model. */
  add(delta: DeltaEvent, model: QuantizedModel & { digest: string }): void {
    if (this.isEmpty) this.#origin = model
    const ids = model.digest === this.#origin.digest ? delta.tokenIds : undefined
    if (this.#tokenIds !== undefined && ids?.length === delta.tokenCount) this.#tokenIds.push(...ids)
    else this.#tokenIds = undefined
    this.#tokens += delta.tokenCount
    if (delta.channel === 'answer') this.#text += delta.text
    else this.#thoughtTokens += delta.tokenCount
    this.#isMoreThanText ||= delta.channel === 'thought' || (delta.toolCalls?.length ?? 0) > 0
  }

  /** Whether this model can go on. `isExact`: only with the very same file. */
  canGoOn(model: ResumingModel, isExact: boolean): boolean {
    if (this.isEmpty) return true
    if (!model.features.resume) return false
    if (model.digest === this.#origin.digest) return this.#tokenIds !== undefined || !this.#isMoreThanText
    return !isExact && !this.#isMoreThanText && isSameButQuantized(model, this.#origin)
  }

  /** The request for whoever goes on, who must be able to: see `canGoOn`. */
  request(now: GenerateRequest, digest: string | undefined): GenerateRequest {
    if (this.isEmpty) return now
    const left = (limit: number | undefined, used: number) => limit && Math.max(0, limit - used)
    const maxTokens = left(now.maxTokens, this.#tokens)
    const maxThoughtTokens = left(now.maxThoughtTokens, this.#thoughtTokens)
    return {
      ...now,
      ...(maxTokens !== undefined && { maxTokens }),
      ...(maxThoughtTokens !== undefined && { maxThoughtTokens }),
      model: digest ?? this.#origin.digest,
      resume: this.#resume()
    }
  }

  /** The end as the reader shall see it: of the whole answer, not of its last part. */
  whole(end: EndEvent): EndEvent {
    const { tokens, thoughtTokens } = this.#earlier
    if (tokens === 0) return end
    const usage = { ...end.usage, completionTokens: end.usage.completionTokens + tokens }
    const thoughts = (end.usage.thoughtTokens ?? 0) + thoughtTokens
    return { ...end, usage: thoughts > 0 ? { ...usage, thoughtTokens: thoughts } : usage }
  }

  #resume(): Resume {
    const { resume: given } = this.#asked
    const digest = this.#origin.digest
    const isKnown = this.#tokenIds !== undefined && (given === undefined || given.digest === digest)
    const tokenIds = isKnown ? [...(given?.tokenIds ?? []), ...(this.#tokenIds ?? [])] : []
    return {
      text: (given?.text ?? '') + this.#text,
      // An answer beyond this bound is continued by its text.
      tokenIds: tokenIds.length > MAX_RESUME_TOKENS ? [] : tokenIds,
      digest
    }
  }
}

/** Whether an answer may go on elsewhere at all, and with another file. */
export function resumeRule({ resume = 'quantization' }: RouteOptions): { isAllowed: boolean; isExact: boolean } {
  return { isAllowed: resume !== 'never', isExact: resume !== 'quantization' }
}
