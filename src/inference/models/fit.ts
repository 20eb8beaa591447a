import { FREE_SHARE } from '../memory/machine-memory.ts'
import { CATALOG, type CatalogEntry, type ModelPurpose } from './catalog.ts'
import type { LocalModel } from './local-model.ts'
import type { Machine } from './machine.ts'

/** Of a model that the catalog does not know: weights, and a share for the cache of a conversation. */
const SIZE_FACTOR = 1.2
const OVERHEAD_BYTES = 256 << 20
/** Of a graphics card so much is left to the screen and to what else draws. */
const GRAPHICS_SHARE = 0.9
/** Slower answers are read faster than they come. */
const MIN_TOKENS_PER_SECOND = 3

/** What of a model decides whether it suits a machine. */
type Sized = Pick<LocalModel, 'name' | 'sizeBytes'>

/**
 * The best chat model that fits what is free now: of those that are fast enough the one with the most parameters, then
 * the largest; when none is fast enough, the smallest.
 */
export function bestFit(models: readonly LocalModel[], machine: Machine): LocalModel | undefined {
  const fitting = models.filter(model => model.chat && fitsNow(model, machine))
  const fast = fitting.filter(model => isFast(model, machine))
  if (fast.length === 0) return fitting.toSorted((a, b) => a.sizeBytes - b.sizeBytes)[0]
  return fast.toSorted((a, b) => (b.parameterCount ?? 0) - (a.parameterCount ?? 0) || b.sizeBytes - a.sizeBytes)[0]
}

/** Whether a model would fit this machine if nothing else ran on it. */
export function couldFit(model: Sized, machine: Machine): boolean {
  return fitsNow(model, { ...machine, availableBytes: machine.totalBytes })
}

/** A model to get, and whether it suits the machine: by the rule by which `serve` chooses among what is here. */
export interface Recommendation extends CatalogEntry {
  /** Needs at most what is free now, a quarter of the machine's memory left, or what is free on a graphics card. */
  fits: boolean
  /** The largest of its purpose that fits and is fast enough. */
  best: boolean
  /** An estimate for the processor; absent for what a graphics card takes, and for embedding models. */
  tokensPerSecond?: number
}

/** The catalog as this machine sees it: best first within a purpose, then what fits, then what does not. */
export function recommendations(machine: Machine): Recommendation[] {
  const best = new Map<ModelPurpose, CatalogEntry>()
  for (const entry of CATALOG) {
    const other = best.get(entry.purpose)
    if ((other?.memoryBytes ?? 0) >= entry.memoryBytes) continue
    if (fitsNow(entry, machine) && isFast(entry, machine)) best.set(entry.purpose, entry)
  }
  return CATALOG.map(entry => {
    const tokensPerSecond = entry.purpose === 'embedding' ? undefined : speedOf(entry, machine)
    return {
      ...entry,
      fits: fitsNow(entry, machine),
      best: best.get(entry.purpose) === entry,
      ...(tokensPerSecond !== undefined && { tokensPerSecond })
    }
  }).toSorted((a, b) => Number(b.best) - Number(a.best) || Number(b.fits) - Number(a.fits))
}

function fitsNow(model: Sized, machine: Machine): boolean {
  return needBytes(model) <= machine.availableBytes - machine.totalBytes * FREE_SHARE || fitsCard(model, machine)
}

function fitsCard(model: Sized, { graphicsBytes }: Machine): boolean {
  return needBytes(model) <= graphicsBytes * GRAPHICS_SHARE
}

function isFast(model: Sized, machine: Machine): boolean {
  return (speedOf(model, machine) ?? Number.POSITIVE_INFINITY) >= MIN_TOKENS_PER_SECOND
}

/** Tokens in a second on the processor, each of which reads the weights once; undefined for what a card takes. */
function speedOf(model: Sized, machine: Machine): number | undefined {
  if (fitsCard(model, machine)) return undefined
  return machine.bytesPerSecond / (known(model)?.bytesPerToken ?? model.sizeBytes)
}

function needBytes(model: Sized): number {
  return known(model)?.memoryBytes ?? model.sizeBytes * SIZE_FACTOR + OVERHEAD_BYTES
}

function known({ name }: Sized): CatalogEntry | undefined {
  return CATALOG.find(entry => entry.name === name)
}
