import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import {
  type AdvertisedModel,
  baseName,
  isAuto,
  type ModelInfo,
  type ModelTask,
  nameWords
} from '../interface/index.ts'

/** Every provider of a model that is made for the task stands under this key. */
const ANY: Record<Exclude<ModelTask, 'score'>, string> = {
  chat: 'any',
  images: 'any/images',
  embeddings: 'any/embeddings',
  rerank: 'any/rerank'
}
const TASKS = Object.keys(ANY) as (keyof typeof ANY)[]
/** Longer names are cut for keys, so that a name of many words does not become as many records. */
const MAX_WORDS = 6

/**
 * Under which keys of the DHT a provider stands: any model for each task, and of each name the words of the base, and those
 * with one word of the tag more each time. So whatever `matchesModel` takes for the model leads to one key.
 */
export function keysOfModels(models: readonly Pick<AdvertisedModel, 'name' | 'features'>[]): string[] {
  const keys = new Set<string>()
  for (const { name, features } of models) {
    for (const task of TASKS) if (features[task]) keys.add(ANY[task])
    const words = nameWords(name)
    const shortest = Math.min(nameWords(baseName(name)).length, MAX_WORDS)
    for (let count = Math.max(1, shortest); count <= Math.min(words.length, MAX_WORDS); count++) {
      keys.add(keyOfWords(words.slice(0, count)))
    }
  }
  return [...keys]
}

/** The keys of those models that can be served now: who is led to one that failed has dialled for nothing. */
export function servableKeys(models: readonly ModelInfo[]): string[] {
  return keysOfModels(models.filter(({ state }) => state === 'warm' || state === 'cold'))
}

/** Where to look for a model. What may be a digest prefix is looked for among all, since a prefix has no key. */
export function keyOfWanted(wanted: string, task: ModelTask = 'chat'): string {
  const text = wanted.trim().toLowerCase()
  if (isAuto(text) || text.startsWith('sha256:') || /^[0-9a-f]{12,64}$/.test(text)) {
    // Whoever scores answers gives them too.
    return ANY[task === 'score' ? 'chat' : task]
  }
  return keyOfWords(nameWords(text).slice(0, MAX_WORDS))
}

/** A key as the DHT takes it. */
export async function keyToCid(key: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(new TextEncoder().encode(`p2p-ai/provider/1/${key}`)))
}

function keyOfWords(words: readonly string[]): string {
  return `name/${words.join('-')}`
}
