import { z } from 'zod'
import type { ModelInfo } from '../../interface/index.ts'
import type { ServerConnection } from './connection.ts'
import type { UpstreamFeature } from './init.ts'
import { type ListedModel, readListing } from './listing.ts'
import { type ModelHints, upstreamModelInfo } from './model-facts.ts'
import type { ServerKind } from './server-kind.ts'

/** An advert of 4 KiB holds about so many. */
export const MAX_UPSTREAM_MODELS = 24
/** What ollama gives each request unless it is told otherwise, and a safe guess for others. */
const DEFAULT_CONTEXT_TOKENS = 4096

/** All that a look at a server brings. */
export interface ServerFacts {
  kind: ServerKind
  models: ModelInfo[]
  /** Requests that the server answers at once, where it says so. */
  slots?: number
  /** Models that were left out because an advert does not hold more. */
  leftOut: number
}

/** What to look for. */
export interface FactsInit {
  /** Whether a model of this name is wanted. */
  isWanted: (name: string) => boolean
  contextSizeTokens: number | undefined
  features: readonly UpstreamFeature[]
  signal: AbortSignal
}

/** Looks at the server: its kind, its models, and what its own paths tell beyond OpenAI's. */
export async function readServerFacts(connection: ServerConnection, init: FactsInit): Promise<ServerFacts> {
  const { signal, features: told, isWanted } = init
  const { models: listed, kind: owner } = readListing(await connection.json('/v1/models', { signal }))
  const kind = owner ?? ((await isOllama(connection, signal)) ? 'ollama' : 'openai')
  const wanted = listed.filter(({ id }) => isWanted(id))
  const served = wanted.slice(0, MAX_UPSTREAM_MODELS)
  const base: ModelHints = { kind, told }
  const leftOut = wanted.length - served.length
  const describe = (model: ListedModel, hints: ModelHints) =>
    upstreamModelInfo(model, hints, init.contextSizeTokens ?? DEFAULT_CONTEXT_TOKENS)
  if (kind === 'llama-server') {
    const { slots, ...hints } = await llamaServerProps(connection, signal)
    const models = served.map(model => describe(model, { ...base, ...hints }))
    return { kind, models, leftOut, ...(slots !== undefined && { slots }) }
  }
  if (kind !== 'ollama') return { kind, models: served.map(model => describe(model, base)), leftOut }
  const loaded = await ollamaContexts(connection, signal)
  const models: ModelInfo[] = []
  for (const model of served) {
    const shown = await ollamaShow(connection, model.id, signal)
    models.push(
      describe(model, { ...base, ...shown, contextSizeTokens: loaded.get(model.id) ?? shown.contextSizeTokens })
    )
  }
  return { kind, models, leftOut }
}

async function isOllama(connection: ServerConnection, signal: AbortSignal): Promise<boolean> {
  const version = await optional(connection.json('/api/version', { signal }), signal)
  return z.object({ version: z.string() }).safeParse(version).success
}

const props = z.object({
  total_slots: z.int().min(1).max(1024).nullish(),
  default_generation_settings: z.object({ n_ctx: z.int().min(1).nullish() }).nullish(),
  modalities: z.object({ vision: z.boolean().nullish() }).nullish()
})

async function llamaServerProps(connection: ServerConnection, signal: AbortSignal) {
  const found = props.safeParse(await optional(connection.json('/props', { signal }), signal))
  if (!found.success) return {}
  const { total_slots, default_generation_settings: settings, modalities } = found.data
  return {
    slots: total_slots ?? undefined,
    contextSizeTokens: settings?.n_ctx ?? undefined,
    images: modalities?.vision ?? undefined
  }
}

const shown = z.object({
  capabilities: z.array(z.string()).nullish(),
  parameters: z.string().nullish(),
  details: z.object({ quantization_level: z.string().nullish() }).nullish()
})

async function ollamaShow(
  connection: ServerConnection,
  model: string,
  signal: AbortSignal
): Promise<Partial<ModelHints>> {
  const found = shown.safeParse(await optional(connection.json('/api/show', { body: { model }, signal }), signal))
  if (!found.success) return {}
  const { capabilities, parameters, details } = found.data
  const context = Number(/^num_ctx\s+(\d+)\s*$/m.exec(parameters ?? '')?.[1] ?? Number.NaN)
  return {
    ...(Number.isSafeInteger(context) && { contextSizeTokens: context }),
    quantization: details?.quantization_level ?? undefined,
    ...(capabilities && {
      images: capabilities.includes('vision'),
      thoughts: capabilities.includes('thinking'),
      tools: capabilities.includes('tools'),
      embeddings: capabilities.includes('embedding')
    })
  }
}

const running = z.object({ models: z.array(z.object({ name: z.string(), context_length: z.int().min(1).nullish() })) })

/** What ollama gives the models in memory: less than they were trained for, and it cuts longer prompts in silence. */
async function ollamaContexts(connection: ServerConnection, signal: AbortSignal): Promise<Map<string, number>> {
  const found = running.safeParse(await optional(connection.json('/api/ps', { signal }), signal))
  const contexts = new Map<string, number>()
  if (!found.success) return contexts
  for (const { name, context_length } of found.data.models) if (context_length) contexts.set(name, context_length)
  return contexts
}

/** A path that a server need not have. What is wrong with the server itself, its listing has shown. */
async function optional(answer: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (signal.aborted) throw error
    return undefined
  }
}
