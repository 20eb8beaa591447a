import { stat } from 'node:fs/promises'
import path from 'node:path'
import { BadModelError } from '../../interface/index.ts'
import { hashModel } from '../files/hash.ts'
import { filesOfModel, firstFileOfModel, missingFileOf, partNameOf } from '../files/parts.ts'
import type { EngineLog } from './init.ts'
import type { ProbeReport } from './ipc.ts'
import type { ModelStore } from './model-store.ts'
import { probeFile } from './probe-file.ts'

/** A smaller file is checked before anybody begins to wonder. */
const WORTH_TELLING_BYTES = 32 << 20

/** A file that was checked, and what is known of it. */
export interface ModelFile extends ProbeReport {
  path: string
  sizeBytes: number
  changedAtMs: number
  /** SHA-256, 64 hex digits. */
  digest: string
}

/**
 * Hashes a model's file and tries it out in a throw-away process; both only when the file is new. Throws
 * `BadModelError` that begins with "not a usable GGUF".
 */
export async function checkModelFile(
  modelFile: string,
  store: ModelStore,
  log: EngineLog = () => undefined
): Promise<ModelFile> {
  const file = firstFileOfModel(path.resolve(modelFile))
  const { sizeBytes, changedAtMs } = await lookAt(file)
  const state = await store.read()
  const known = state.files[file]
  const unchanged = known?.sizeBytes === sizeBytes && known.changedAtMs === changedAtMs
  // Hashing and trying out take a while, and nobody should look at a silence for that long.
  const isNew = !unchanged || state.probes[known.digest] === undefined
  if (isNew && sizeBytes >= WORTH_TELLING_BYTES) log('info', 'model:checking', { file, sizeBytes })
  const digest = unchanged ? known.digest : await hashReadable(file)
  const report = state.probes[digest] ?? (await probeFile(file, sizeBytes))
  if (!unchanged || state.probes[digest] === undefined) {
    await store.update(changed => {
      changed.files[file] = { sizeBytes, changedAtMs, digest }
      changed.probes[digest] = report
    })
  }
  return { ...report, path: file, sizeBytes, changedAtMs, digest }
}

/** Throws `BadModelError` when a file that was checked is gone or has changed since. */
export async function recheckModelFile(file: ModelFile): Promise<void> {
  const { sizeBytes, changedAtMs } = await lookAt(file.path)
  if (sizeBytes === file.sizeBytes && changedAtMs === file.changedAtMs) return
  throw new BadModelError(`not a usable GGUF: ${path.basename(file.path)} has changed since it was checked`)
}

async function lookAt(file: string): Promise<{ sizeBytes: number; changedAtMs: number }> {
  const name = path.basename(file)
  try {
    const found = await Promise.all(filesOfModel(file).map(part => stat(part)))
    if (!found.every(part => part.isFile())) throw new BadModelError(`not a usable GGUF: ${name} is not a file`)
    const sizeBytes = found.reduce((sum, { size }) => sum + size, 0)
    return { sizeBytes, changedAtMs: Math.round(Math.max(...found.map(({ mtimeMs }) => mtimeMs))) }
  } catch (cause) {
    if (cause instanceof BadModelError) throw cause
    const missing = partNameOf(file) && missingFileOf(file)
    if (missing) throw new BadModelError(`not a usable GGUF: the model is not whole, ${missing} is missing`, { cause })
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    throw new BadModelError(`not a usable GGUF: ${name} cannot be read (${code})`, { cause })
  }
}

async function hashReadable(file: string): Promise<string> {
  try {
    return await hashModel(file)
  } catch (cause) {
    throw new BadModelError(`not a usable GGUF: ${path.basename(file)} cannot be read`, { cause })
  }
}
