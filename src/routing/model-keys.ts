import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { type AdvertisedModel, AUTO_MODEL, baseName } from '../interface/index.ts'

/** Every provider of a chat model stands under this key. */
const ANY = 'any'

/** Under which keys of the DHT a provider stands: any chat model, and its names with and without the tag. */
export function keysOfModels(models: readonly Pick<AdvertisedModel, 'name' | 'features'>[]): string[] {
  const keys = new Set<string>()
  for (const { name, features } of models) {
    if (features.chat) keys.add(ANY)
    keys.add(`name/${name.toLowerCase()}`)
    keys.add(`name/${baseName(name.toLowerCase())}`)
  }
  return [...keys]
}

/** Where to look for a model. What may be a digest prefix is looked for among all, since a prefix has no key. */
export function keyOfWanted(wanted: string): string {
  const text = wanted.trim().toLowerCase()
  if (text === AUTO_MODEL || text.startsWith('sha256:') || /^[0-9a-f]{12,64}$/.test(text)) return ANY
  return `name/${text}`
}

/** A key as the DHT takes it. */
export async function keyToCid(key: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(new TextEncoder().encode(`p2p-ai/provider/1/${key}`)))
}
