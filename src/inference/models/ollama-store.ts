import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { cleanModelName } from '../llama/model-name.ts'
import type { LocalModel } from './local-model.ts'

const MAX_MANIFEST_BYTES = 1 << 20
const MAX_MANIFESTS = 500
/** `HOST/NAMESPACE/MODEL/TAG`. */
const DEPTH = 4
const WEIGHTS = 'application/vnd.ollama.image.model'
const DEFAULT_HOST = 'registry.ollama.ai'
const DEFAULT_NAMESPACE = 'library'

const manifestSchema = z.object({
  layers: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      size: z.number().int().positive()
    })
  )
})

/** The models of an ollama on this machine, to be used where they are. What cannot be read is passed over. */
export async function ollamaModels(folders: string[]): Promise<LocalModel[]> {
  const found = await Promise.all(folders.map(folder => modelsIn(folder)))
  return found.flat()
}

async function modelsIn(folder: string): Promise<LocalModel[]> {
  const root = path.join(folder, 'manifests')
  const models: LocalModel[] = []
  for (const manifest of (await filesBelow(root, DEPTH)).slice(0, MAX_MANIFESTS)) {
    const model = await readManifest(folder, manifest, path.relative(root, manifest).split(path.sep))
    if (model !== undefined) models.push(model)
  }
  return models
}

async function readManifest(folder: string, manifest: string, parts: string[]): Promise<LocalModel | undefined> {
  const [host, namespace, model = '', tag = ''] = parts
  try {
    if ((await stat(manifest)).size > MAX_MANIFEST_BYTES) return undefined
    const { data } = manifestSchema.safeParse(JSON.parse(await readFile(manifest, 'utf8')))
    const weights = data?.layers.filter(layer => layer.mediaType === WEIGHTS) ?? []
    const [layer] = weights
    // Several are a model in parts.
    if (layer === undefined || weights.length > 1) return undefined
    const digest = layer.digest.slice('sha256:'.length)
    const blob = path.join(folder, 'blobs', `sha256-${digest}`)
    if ((await stat(blob)).size !== layer.size) return undefined
    const short = namespace === DEFAULT_NAMESPACE ? model : `${namespace}/${model}`
    const source = `${host === DEFAULT_HOST ? short : `${host}/${namespace}/${model}`}:${tag}`
    return {
      name: cleanModelName(source),
      digest,
      sizeBytes: layer.size,
      path: blob,
      place: 'ollama',
      installed: false,
      source: `ollama ${source}`
    }
  } catch {
    // Another program's file: gone meanwhile, not ours to read, or of a form that we do not know.
    return undefined
  }
}

async function filesBelow(folder: string, depth: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const files: string[] = []
  for (const entry of entries) {
    const below = path.join(folder, entry.name)
    if (depth === 1 && entry.isFile()) files.push(below)
    else if (depth > 1 && entry.isDirectory()) files.push(...(await filesBelow(below, depth - 1)))
    if (files.length >= MAX_MANIFESTS) break
  }
  return files
}
