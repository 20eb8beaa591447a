import type { Advert, ModelInfo, NetworkModel } from '../interface/index.ts'

/** Every model in reach once: this machine's first, then by how many serve it. */
export function networkModels(local: readonly ModelInfo[], adverts: readonly Advert[]): NetworkModel[] {
  const models = new Map<string, NetworkModel>()
  for (const { name, digest, contextSizeTokens, state } of local) {
    models.set(digest, { name, digest, local: true, providers: 0, contextSizeTokens, warm: state === 'warm' })
  }
  for (const { name, digest, contextSizeTokens, warm } of adverts.flatMap(advert => advert.models)) {
    const known = models.get(digest)
    if (known === undefined) models.set(digest, { name, digest, local: false, providers: 1, contextSizeTokens, warm })
    else {
      known.providers++
      known.warm ||= warm
      known.contextSizeTokens = Math.max(known.contextSizeTokens, contextSizeTokens)
    }
  }
  return [...models.values()].sort((a, b) => Number(b.local) - Number(a.local) || b.providers - a.providers)
}
