import { isAuto, matchesModel } from '../../interface/index.ts'

/** What a model is for. */
export type ModelPurpose = 'chat' | 'code' | 'reasoning' | 'embedding'

/** A model that p2pai knows by name. The format is described in `docs/models.md`. */
export interface CatalogEntry {
  /** `family:size-quant`, as users type it and as nodes advertise it. */
  name: string
  purpose: ModelPurpose
  /** `owner/name` on the hub. */
  repository: string
  /** Path of the one GGUF in the repository. */
  file: string
  /** About; the hub says the exact size when the file is fetched. */
  sizeBytes: number
  /** Memory that must be free for the weights and one conversation of 8,192 tokens. About. */
  memoryBytes: number
  /** Weights that one token reads, where that is not all of them: mixtures of experts. About. */
  bytesPerToken?: number
  /** SPDX identifier. */
  licence: string
}

const GB = 1e9
/** Of all models listed here, as their repositories say; another one would be one more argument. */
const LICENCE = 'Apache-2.0'

/** All known models, in each family the one that its bare name means first. Digests are the hub's to say. */
export const CATALOG: readonly CatalogEntry[] = [
  entry('qwen3.5:4b-q4_k_m', 'chat', 'unsloth/Qwen3.5-4B-GGUF', 'Qwen3.5-4B-Q4_K_M.gguf', 2.74, 3.5),
  entry('qwen3.5:9b-q4_k_m', 'chat', 'unsloth/Qwen3.5-9B-GGUF', 'Qwen3.5-9B-Q4_K_M.gguf', 5.7, 6.5),
  entry('qwen3.6:27b-q4_k_m', 'code', 'unsloth/Qwen3.6-27B-GGUF', 'Qwen3.6-27B-Q4_K_M.gguf', 16.8, 18.5),
  entry('qwen3:4b-q4_k_m', 'reasoning', 'Qwen/Qwen3-4B-GGUF', 'Qwen3-4B-Q4_K_M.gguf', 2.5, 3.9),
  entry('qwen3:0.6b-q8_0', 'chat', 'Qwen/Qwen3-0.6B-GGUF', 'Qwen3-0.6B-Q8_0.gguf', 0.64, 1.8),
  entry('qwen3:8b-q4_k_m', 'reasoning', 'Qwen/Qwen3-8B-GGUF', 'Qwen3-8B-Q4_K_M.gguf', 5.03, 6.4),
  entry('qwen3:14b-q4_k_m', 'reasoning', 'Qwen/Qwen3-14B-GGUF', 'Qwen3-14B-Q4_K_M.gguf', 9.0, 10.5),
  entry('gpt-oss:20b-mxfp4', 'reasoning', 'ggml-org/gpt-oss-20b-GGUF', 'gpt-oss-20b-mxfp4.gguf', 12.1, 13, 2.1),
  entry(
    'qwen2.5-coder:7b-instruct-q4_k_m',
    'code',
    'Qwen/Qwen2.5-Coder-7B-Instruct-GGUF',
    'qwen2.5-coder-7b-instruct-q4_k_m.gguf',
    4.68,
    5.4
  ),
  entry(
    'qwen3-coder:30b-a3b-instruct-q4_k_m',
    'code',
    'unsloth/Qwen3-Coder-30B-A3B-Instruct-GGUF',
    'Qwen3-Coder-30B-A3B-Instruct-Q4_K_M.gguf',
    18.56,
    19.6,
    2
  ),
  entry(
    'smollm2:360m-instruct-q8_0',
    'chat',
    'HuggingFaceTB/SmolLM2-360M-Instruct-GGUF',
    'smollm2-360m-instruct-q8_0.gguf',
    0.386,
    0.9
  ),
  entry(
    'smollm2:1.7b-instruct-q4_k_m',
    'chat',
    'HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF',
    'smollm2-1.7b-instruct-q4_k_m.gguf',
    1.06,
    2.9
  ),
  entry(
    'qwen3-embedding:0.6b-q8_0',
    'embedding',
    'Qwen/Qwen3-Embedding-0.6B-GGUF',
    'Qwen3-Embedding-0.6B-Q8_0.gguf',
    0.64,
    1.8
  ),
  entry(
    'nomic-embed-text:v1.5-q8_0',
    'embedding',
    'nomic-ai/nomic-embed-text-v1.5-GGUF',
    'nomic-embed-text-v1.5.Q8_0.gguf',
    0.146,
    0.4
  )
]

/** The entry that a name means, as names match everywhere; the first one of several. */
export function findInCatalog(wanted: string): CatalogEntry | undefined {
  return isAuto(wanted) ? undefined : CATALOG.find(({ name }) => matchesModel(wanted, { name, digest: '' }))
}

function entry(
  name: string,
  purpose: ModelPurpose,
  repository: string,
  file: string,
  gigabytes: number,
  memoryGigabytes: number,
  gigabytesPerToken?: number
): CatalogEntry {
  return {
    name,
    purpose,
    repository,
    file,
    sizeBytes: Math.round(gigabytes * GB),
    memoryBytes: Math.round(memoryGigabytes * GB),
    ...(gigabytesPerToken !== undefined && { bytesPerToken: Math.round(gigabytesPerToken * GB) }),
    licence: LICENCE
  }
}
