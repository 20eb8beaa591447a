import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { modelLibrary } from '../../../src/inference/models/library.ts'
import { environment, newFolder, sha256 } from './fixtures.ts'

/** A library over ollama's store alone, and the way to put a model there. */
export function withOllama(endpoint = 'http://127.0.0.1:9') {
  const env = environment(newFolder(), endpoint)
  const put = (name: string, data: Uint8Array): string => {
    const digest = sha256(data)
    const [model = '', tag = ''] = name.split(':')
    const manifest = join(env.OLLAMA_MODELS!, 'manifests/registry.ollama.ai/library', model, tag)
    const blob = join(env.OLLAMA_MODELS!, 'blobs', `sha256-${digest}`)
    for (const file of [manifest, blob]) mkdirSync(dirname(file), { recursive: true })
    writeFileSync(blob, data)
    const layers = [
      { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${digest}`, size: data.byteLength }
    ]
    writeFileSync(manifest, JSON.stringify({ layers }))
    return blob
  }
  return { put, library: modelLibrary({ folder: join(newFolder(), 'models'), environment: env }) }
}
