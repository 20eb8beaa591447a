import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { filesOfModel } from '../files/parts.ts'
import { replaceFile } from '../files/replace-file.ts'
import type { LocalModel } from './local-model.ts'
import { withProcessLock } from './process-lock.ts'

const MAX_INDEX_BYTES = 4 << 20
const OWN_FILE = /^[a-z0-9][a-z0-9._-]{0,120}\.gguf$/

const entrySchema = z.object({
  name: z.string().min(1).max(128),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: z.number().int().positive(),
  /** Name in the folder of models, or the absolute path of a file in another program's store. */
  file: z.string().max(4096),
  place: z.enum(['p2pai', 'ollama', 'hub-cache', 'built-in']),
  source: z.string().max(4096),
  licence: z.string().max(128).optional(),
  parameterCount: z.number().min(0).optional(),
  quantization: z.string().max(64).optional(),
  architecture: z.string().max(64).optional(),
  contextSizeTokens: z.number().min(0).optional(),
  chat: z.boolean().optional(),
  installedAtMs: z.number().min(0).optional()
})
const indexSchema = z.object({ version: z.literal(1), models: z.array(entrySchema).max(1000) })

type Entry = z.infer<typeof entrySchema>

/** The list of installed models: `index.json` in the folder of models, replaced as a whole or not at all. */
export class InstalledModels {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** All entries whose file is still there with its size. A list that is missing or damaged is an empty one. */
  async list(): Promise<LocalModel[]> {
    const models = (await this.#read()).map(entry => this.#toModel(entry))
    const there = await Promise.all(models.map(model => isThere(model)))
    return models.filter((_, index) => there[index])
  }

  /** Adds a model, in the place of one with its name or digest. */
  async add(model: LocalModel): Promise<void> {
    await this.#change(entries => [
      ...entries.filter(({ name, digest }) => name !== model.name && digest !== model.digest),
      this.#toEntry(model)
    ])
  }

  /** Takes a model off the list. */
  async remove(digest: string): Promise<void> {
    await this.#change(entries => entries.filter(entry => entry.digest !== digest))
  }

  async #change(change: (entries: Entry[]) => Entry[]): Promise<void> {
    await withProcessLock(path.join(this.#folder, 'index.lock'), async () => {
      const models = change(await this.#read())
      await replaceFile(this.#indexFile, `${JSON.stringify({ version: 1, models }, null, 2)}\n`)
    })
  }

  get #indexFile(): string {
    return path.join(this.#folder, 'index.json')
  }

  async #read(): Promise<Entry[]> {
    try {
      const text = await readFile(this.#indexFile, 'utf8')
      const { data } = indexSchema.safeParse(text.length > MAX_INDEX_BYTES ? undefined : JSON.parse(text))
      return data?.models.filter(isSafe) ?? []
    } catch (error) {
      const missing = error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(`${error.code}`)
      if (missing || error instanceof SyntaxError) return []
      throw error
    }
  }

  #toModel({ file, ...rest }: Entry): LocalModel {
    return { ...rest, path: path.resolve(this.#folder, file), installed: true }
  }

  #toEntry({ path: file, installed: _, ...rest }: LocalModel): Entry {
    return { ...rest, file: rest.place === 'p2pai' ? path.basename(file) : file }
  }
}

/** An own file is a plain name in the folder, another program's is an absolute path; nothing between. */
function isSafe({ file, place }: Entry): boolean {
  return place === 'p2pai' ? OWN_FILE.test(file) : path.isAbsolute(file)
}

async function isThere({ path: file, sizeBytes }: LocalModel): Promise<boolean> {
  try {
    const found = await Promise.all(filesOfModel(file).map(part => stat(part)))
    return found.every(part => part.isFile()) && found.reduce((sum, { size }) => sum + size, 0) === sizeBytes
  } catch {
    // Gone, or no longer ours to read: either way not to be served.
    return false
  }
}
