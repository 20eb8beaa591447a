import { baseName } from '../../interface/index.ts'
import type { ReachableModel } from '../models.ts'

/** Clients want a date; this is what ollama says for "never". */
const NEVER = '2318-01-01T00:00:00.000Z'

/** A model in `/api/tags`. */
export function taggedModel(model: ReachableModel, startedAtMs: number) {
  const { local, providers, contextSizeTokens } = model
  return {
    ...named(model),
    modified_at: new Date(startedAtMs).toISOString(),
    p2pai: { local, providers, context_size_tokens: contextSizeTokens }
  }
}

/** A model in `/api/ps`. `expiresAtMs`: when it leaves the memory if nobody asks it. */
export function runningModel(model: ReachableModel, expiresAtMs: number | undefined) {
  const expiresAt = expiresAtMs === undefined ? NEVER : new Date(expiresAtMs).toISOString()
  return { ...named(model), expires_at: expiresAt, size_vram: 0, context_length: model.contextSizeTokens }
}

/** `/api/show`: what is known of a model that may be on another machine. */
export function modelDetails(model: ReachableModel, startedAtMs: number) {
  const { name, parameterCount, contextSizeTokens, features } = model
  return {
    details: detailsOf(model),
    model_info: {
      'general.architecture': 'p2pai',
      'general.basename': baseName(name),
      'general.parameter_count': parameterCount,
      'p2pai.context_length': contextSizeTokens
    },
    capabilities: capabilitiesOf(features),
    modified_at: new Date(startedAtMs).toISOString()
  }
}

function capabilitiesOf({ chat, tools, thoughts, images, embeddings, rerank }: ReachableModel['features']): string[] {
  // A base model completes too, though it takes no conversations.
  const completes = chat || !(embeddings || rerank)
  const claims = {
    completion: completes,
    tools: completes && tools,
    thinking: thoughts,
    vision: images,
    embedding: embeddings
  }
  return Object.entries(claims).flatMap(([name, holds]) => (holds ? [name] : []))
}

function named(model: ReachableModel) {
  const { name, digest, sizeBytes } = model
  return { name, model: name, size: sizeBytes, digest, details: detailsOf(model) }
}

function detailsOf({ name, quantization, parameterCount }: ReachableModel) {
  return {
    parent_model: '',
    format: 'gguf',
    family: baseName(name),
    families: [baseName(name)],
    parameter_size: sizeText(parameterCount),
    quantization_level: quantization
  }
}

/** `135M`, `7.2B`; empty where it is not known. */
function sizeText(parameters: number): string {
  if (parameters <= 0) return ''
  if (parameters < 1e9) return `${Math.round(parameters / 1e6)}M`
  return `${(parameters / 1e9).toFixed(1)}B`
}
