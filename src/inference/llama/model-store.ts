import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { replaceFile } from '../files/replace-file.ts'

const FILE_NAME = 'models.json'
/** More models than anyone keeps; the oldest entry goes first. */
const MAX_ENTRIES = 256
const MAX_FILE_BYTES = 4 << 20

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.number().min(0)
const header = z.object({
  architecture: z.string(),
  name: z.string(),
  basename: z.string(),
  sizeLabel: z.string(),
  finetune: z.string(),
  fileType: z.number(),
  trainContextTokens: count,
  blockCount: count,
  embeddingLength: count,
  headCount: count,
  headCountKv: count,
  keyLength: count,
  valueLength: count,
  parameterCount: count,
  hasChatTemplate: z.boolean().optional(),
  pools: z.boolean().optional(),
  ranks: z.boolean().optional()
})
const probe = z.object({
  header,
  chat: z.boolean(),
  tools: z.boolean(),
  thoughts: z.boolean(),
  embeddings: z.boolean(),
  rerank: z.boolean(),
  loadMs: count
})
const stateSchema = z.object({
  version: z.literal(1),
  /** By path: what the file looked like when it was hashed. */
  files: z.record(z.string(), z.object({ sizeBytes: count, changedAtMs: z.number(), digest })),
  /** By digest: what the probe found. One that an older version wrote lacks facts, and is made again. */
  probes: z.record(digest, z.unknown()).transform(found => {
    const parsed = Object.entries(found).map(([key, value]) => [key, probe.safeParse(value)] as const)
    return Object.fromEntries(parsed.flatMap(([key, { data }]) => (data === undefined ? [] : [[key, data]])))
  }),
  /** By digest: since when the model is not served, milliseconds since 1970. */
  quarantine: z.record(digest, z.number())
})

/** What is remembered about model files. */
export type StoredModels = z.infer<typeof stateSchema>

const EMPTY: StoredModels = { version: 1, files: {}, probes: {}, quarantine: {} }
/** Engines of one process share a file; their changes go one after the other. */
const writers = new Map<string, Promise<unknown>>()

/** Digests, probe results and quarantines, kept over restarts in one file, or in memory without a directory. */
export class ModelStore {
  readonly #file: string | undefined
  #memory: StoredModels = structuredClone(EMPTY)

  constructor(directory: string | undefined) {
    this.#file = directory === undefined ? undefined : path.join(directory, FILE_NAME)
  }

  /** Reads the state. A file that is missing or damaged is an empty one: everything in it can be found out again. */
  async read(): Promise<StoredModels> {
    if (this.#file === undefined) return this.#memory
    try {
      const text = await readFile(this.#file, 'utf8')
      const parsed = stateSchema.safeParse(text.length > MAX_FILE_BYTES ? undefined : JSON.parse(text))
      return parsed.success ? parsed.data : structuredClone(EMPTY)
    } catch (error) {
      if (error instanceof SyntaxError || isMissing(error)) return structuredClone(EMPTY)
      throw error
    }
  }

  /** Changes the state; the file is replaced as a whole or not at all. */
  async update(change: (state: StoredModels) => void): Promise<void> {
    const key = this.#file ?? ''
    const write = (writers.get(key) ?? Promise.resolve()).then(async () => {
      const state = structuredClone(await this.read())
      change(state)
      for (const table of [state.files, state.probes, state.quarantine]) trim(table)
      if (this.#file === undefined) this.#memory = state
      else {
        await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 })
        await replaceFile(this.#file, JSON.stringify(state))
      }
    })
    const settled = write.catch(() => undefined)
    if (this.#file !== undefined) writers.set(key, settled)
    await write
  }
}

function trim(table: Record<string, unknown>): void {
  for (const key of Object.keys(table).slice(0, -MAX_ENTRIES)) delete table[key]
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
