import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

const BUILT_IN = join(import.meta.dirname, '../../../models/p2pai-tiny.gguf')

/** A folder that is gone after the test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'p2pai-models-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A GGUF that loads, of this size or its own: what comes after the last tensor is read by nobody. */
export function modelData(sizeBytes = 0): Buffer {
  const data = readFileSync(BUILT_IN)
  return Buffer.concat([data, randomBytes(Math.max(16, sizeBytes - data.byteLength))])
}

/** SHA-256, 64 hex digits. */
export function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

/** An environment in which there is no model but what a test puts there. */
export function environment(folder: string, endpoint: string, token = ''): Record<string, string> {
  const stores = { OLLAMA_MODELS: join(folder, 'ollama'), HF_HUB_CACHE: join(folder, 'hub') }
  for (const store of Object.values(stores)) mkdirSync(store, { recursive: true })
  return { ...stores, HF_ENDPOINT: endpoint, HF_TOKEN: token, NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1' }
}
