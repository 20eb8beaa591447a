import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { UPSTREAM_FEATURES, type UpstreamEngine, type UpstreamFeature, upstreamEngine } from '../../inference/index.ts'
import {
  InvalidRequestError,
  ModelNotFoundError,
  matchesModel,
  nearestNames,
  toP2paiError
} from '../../interface/index.ts'
import type { DaemonOptions } from './options.ts'

const MAX_KEY_LENGTH = 4096
/** A server that is not up yet is waited for; what else is wrong, only the operator can mend. */
const MAY_PASS = new Set(['engine_stopped', 'busy', 'engine_crashed'])

/** Which server to stand in front of. */
export type UpstreamOptions = Pick<
  DaemonOptions,
  'upstream' | 'upstreamKeyFile' | 'upstreamSlots' | 'upstreamFeatures' | 'models' | 'context' | 'log'
>

/** The engine over the operator's server, and the models that were named and are not its own. */
export interface OpenUpstream {
  engine: UpstreamEngine
  localModels: string[]
}

/**
 * Opens the upstream server. Names choose among its models, files stay local. One that is not running yet is no
 * failure: its models come when it does. Throws `InvalidRequestError`, `RefusedError` for a wrong key, or
 * `ModelNotFoundError` when the server has none of the names.
 */
export async function openUpstream(url: string, options: UpstreamOptions, signal?: AbortSignal): Promise<OpenUpstream> {
  const { upstreamKeyFile, upstreamSlots, upstreamFeatures = [], models = [], context, log } = options
  const files = models.filter(isFile)
  const names = models.filter(name => !isFile(name))
  const engine = upstreamEngine({
    url,
    models: names,
    features: checkFeatures(upstreamFeatures),
    ...(upstreamKeyFile !== undefined && { key: await readUpstreamKey(upstreamKeyFile) }),
    ...(upstreamSlots !== undefined && { slots: upstreamSlots }),
    ...(context !== undefined && { contextSizeTokens: context }),
    ...(log && { log })
  })
  try {
    if (!(await isThere(engine, signal))) return { engine, localModels: files }
    const served = await engine.models()
    if (served.length === 0) throw noneOf(names)
    return {
      engine,
      localModels: [...files, ...names.filter(name => !served.some(model => matchesModel(name, model)))]
    }
  } catch (error) {
    await engine.close()
    throw error
  }
}

function isFile(name: string): boolean {
  return existsSync(name) || /\.gguf$/i.test(name)
}

async function isThere(engine: UpstreamEngine, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await engine.refresh(signal)
    return true
  } catch (error) {
    if (MAY_PASS.has(toP2paiError(error).code)) return false
    throw error
  }
}

function noneOf(names: readonly string[]): Error {
  if (names.length === 0) return new ModelNotFoundError('the upstream server has no models')
  return new ModelNotFoundError(
    `the upstream server has no model ${names.map(name => JSON.stringify(name)).join(', ')}`,
    {
      details: { field: 'model' }
    }
  )
}

/** Checks names of what a server's models do. Throws `InvalidRequestError`. */
export function checkFeatures(features: readonly string[]): UpstreamFeature[] {
  return features.map(feature => {
    const known = UPSTREAM_FEATURES.find(name => name === feature)
    if (known !== undefined) return known
    const near = nearestNames(feature, UPSTREAM_FEATURES).join(', ')
    throw new InvalidRequestError(`upstream_feature ${JSON.stringify(feature)} is not one of ${near}`, {
      details: { field: 'upstream_feature' }
    })
  })
}

/** Servers choose their own keys, of any length. Never says what the file holds. */
async function readUpstreamKey(file: string): Promise<string> {
  const fail = (problem: string, cause?: unknown): never => {
    throw new InvalidRequestError(`the key file ${file} ${problem}`, { cause, details: { field: 'upstream_key_file' } })
  }
  const text = await readFile(file, 'utf8').catch((error: unknown) => fail('cannot be read', error))
  const key = text.split('\n', 1)[0]!.trim()
  if (key.length > MAX_KEY_LENGTH || !/^[\x21-\x7e]+$/.test(key)) fail('must hold one line of visible ASCII characters')
  return key
}
