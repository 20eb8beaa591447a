import {
  canDo,
  cannotDo,
  type EmbedOptions,
  type EmbedRequest,
  type EmbedResult,
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  ModelNotFoundError,
  type ModelTask,
  nearestNames,
  type Quote,
  type QuoteRequest,
  quoteOf,
  type RerankRequest,
  type RerankResult,
  type ScoreOptions,
  type ScoreRequest,
  type ScoreResult,
  type Standing,
  servesModel,
  taskOf
} from '../interface/index.ts'

/** Several engines as one. */
export interface EngineSet extends InferenceEngine {
  /** Takes in another engine; its models are served at once. */
  add(engine: InferenceEngine): void
  /** Lets an engine go: it gets no more requests. Closing it is its owner's from then on. */
  remove(engine: InferenceEngine): void
}

/**
 * One engine over several: a request goes to the engine that has its model. `auto` takes a warm model that is made for
 * the task before a cold one, the larger one on ties, and the built-in one last. Throws `ModelNotFoundError` with near
 * names, and `UnsupportedFeatureError` for a model that cannot do what is asked.
 */
export function engineSet(engines: InferenceEngine[] = []): EngineSet {
  return new Engines(engines)
}

interface Choice {
  engine: InferenceEngine
  model: ModelInfo
}

class Engines implements EngineSet {
  readonly kind = 'set'
  readonly #engines: InferenceEngine[] = []
  #standing: Standing | undefined
  readonly #listeners = new Set<() => void>()
  readonly #stops = new Map<InferenceEngine, () => void>()

  constructor(engines: InferenceEngine[]) {
    for (const engine of engines) this.add(engine)
  }

  add(engine: InferenceEngine): void {
    this.#engines.push(engine)
    if (this.#standing !== undefined) engine.useStanding?.(this.#standing)
    const stop = engine.onChange?.(() => this.#changed())
    if (stop !== undefined) this.#stops.set(engine, stop)
    this.#changed()
  }

  remove(engine: InferenceEngine): void {
    const at = this.#engines.indexOf(engine)
    if (at < 0) return
    this.#engines.splice(at, 1)
    this.#stops.get(engine)?.()
    this.#stops.delete(engine)
    this.#changed()
  }

  async models(): Promise<ModelInfo[]> {
    return (await this.#choices()).map(choice => choice.model)
  }

  status(): EngineStatus[] {
    return this.#engines.flatMap(engine => engine.status())
  }

  async *generate(request: GenerateRequest, options?: GenerateOptions): AsyncGenerator<EngineEvent> {
    const { engine, model } = await this.#choose(request.model, taskOf(request))
    yield* engine.generate({ ...request, model: model.digest }, options)
  }

  async embed(request: EmbedRequest, options?: EmbedOptions): Promise<EmbedResult> {
    const { engine, model } = await this.#choose(request.model, 'embeddings')
    if (engine.embed === undefined) throw cannotDo(model.name, 'embeddings')
    return await engine.embed({ ...request, model: model.digest }, options)
  }

  async rerank(request: RerankRequest, options?: EmbedOptions): Promise<RerankResult> {
    const { engine, model } = await this.#choose(request.model, 'rerank')
    if (engine.rerank === undefined) throw cannotDo(model.name, 'rerank')
    return await engine.rerank({ ...request, model: model.digest }, options)
  }

  async score(request: ScoreRequest, options?: ScoreOptions): Promise<ScoreResult> {
    const { engine, model } = await this.#choose(request.model, 'score')
    if (engine.score === undefined) throw cannotDo(model.name, 'score')
    return await engine.score({ ...request, model: model.digest }, options)
  }

  async quote(request: QuoteRequest, options?: GenerateOptions): Promise<Quote> {
    const { engine, model } = await this.#choose(request.model, 'chat')
    if (engine.quote !== undefined) return await engine.quote({ ...request, model: model.digest }, options)
    const status = engine.status().find(({ digest }) => digest === model.digest)
    return quoteOf(request, { model, ...(status && { status }) })
  }

  useStanding(standing: Standing): void {
    this.#standing = standing
    for (const engine of this.#engines) engine.useStanding?.(standing)
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.values()) stop()
    this.#stops.clear()
    await Promise.all(this.#engines.map(engine => engine.close()))
  }

  async #choices(): Promise<Choice[]> {
    const all = await Promise.all(
      this.#engines.map(async engine => (await engine.models()).map(model => ({ engine, model })))
    )
    return all.flat()
  }

  async #choose(wanted: string, task: ModelTask): Promise<Choice> {
    const choices = await this.#choices()
    const matching = choices.filter(({ model }) => servesModel(wanted, model, task))
    const able = matching.filter(({ model }) => canDo(model.features, task))
    const best = able.sort((a, b) => compareModels(a.model, b.model))[0]
    if (best !== undefined) return best
    if (matching.length > 0) throw cannotDo(matching[0]!.model.name, task)
    const names = choices.map(choice => choice.model.name)
    const suggestions = nearestNames(wanted, names)
    const hint = suggestions.length === 0 ? 'there are no models here' : `there is ${suggestions.join(', ')}`
    throw new ModelNotFoundError(`no model ${JSON.stringify(wanted)}; ${hint}`, { details: { suggestions } })
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Order for `auto`: usable, not built in, warm, large. */
function compareModels(a: ModelInfo, b: ModelInfo): number {
  return (
    rank(a.state) - rank(b.state) || Number(a.builtIn) - Number(b.builtIn) || warmth(a) - warmth(b) || size(b) - size(a)
  )
}

function rank(state: ModelInfo['state']): number {
  return { warm: 0, loading: 0, cold: 0, failed: 1, quarantined: 2 }[state]
}

function warmth(model: ModelInfo): number {
  return model.state === 'warm' ? 0 : 1
}

function size(model: ModelInfo): number {
  return model.parameterCount
}
