import { FREE_SHARE, type MachineMemory } from '../memory/machine-memory.ts'
import { CATALOG, type CatalogEntry, type ModelPurpose } from './catalog.ts'
import type { LocalModel } from './local-model.ts'

/** Weights, and a share for the cache of a conversation. */
const SIZE_FACTOR = 1.2
const OVERHEAD_BYTES = 256 << 20

/** The best installed chat model that fits what is free now: the one with the most parameters, then the largest. */
export function bestFit(models: readonly LocalModel[], memory: MachineMemory): LocalModel | undefined {
  const budgetBytes = memory.availableBytes - memory.totalBytes * FREE_SHARE
  return models
    .filter(model => model.chat && model.sizeBytes * SIZE_FACTOR + OVERHEAD_BYTES <= budgetBytes)
    .toSorted((a, b) => (b.parameterCount ?? 0) - (a.parameterCount ?? 0) || b.sizeBytes - a.sizeBytes)[0]
}

/** Whether a model would fit this machine if nothing else ran on it. */
export function couldFit({ sizeBytes }: Pick<LocalModel, 'sizeBytes'>, { totalBytes }: MachineMemory): boolean {
  return sizeBytes * SIZE_FACTOR + OVERHEAD_BYTES <= totalBytes * (1 - FREE_SHARE)
}

/** A model to get, and whether it fits. */
export interface Recommendation extends CatalogEntry {
  /** Needs at most what the machine has, a quarter of it left free. */
  fits: boolean
  /** The largest of its purpose that fits. */
  best: boolean
}

/** The catalog as this machine sees it: best first within a purpose, then what fits, then what does not. */
export function recommendations(memory: Pick<MachineMemory, 'totalBytes'>): Recommendation[] {
  const budgetBytes = memory.totalBytes * (1 - FREE_SHARE)
  const best = new Map<ModelPurpose, CatalogEntry>()
  for (const entry of CATALOG) {
    const other = best.get(entry.purpose)
    if (entry.memoryBytes > budgetBytes || (other?.memoryBytes ?? 0) >= entry.memoryBytes) continue
    best.set(entry.purpose, entry)
  }
  return CATALOG.map(entry => ({
    ...entry,
    fits: entry.memoryBytes <= budgetBytes,
    best: best.get(entry.purpose) === entry
  })).toSorted((a, b) => Number(b.best) - Number(a.best) || Number(b.fits) - Number(a.fits))
}
