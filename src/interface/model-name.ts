import type { ModelInfo } from './engine.ts'

/** `auto`: any chat model. */
export const AUTO_MODEL = 'auto'

/** Digest prefixes shorter than this could be names. */
const MIN_DIGEST_PREFIX = 12

/** A model as far as matching needs it. */
export type NamedModel = Pick<ModelInfo, 'name' | 'digest'>

/**
 * Whether `wanted` means this model: its name in any case, its name without the tag, a digest prefix of 12 hex
 * digits or more, or `auto`, which matches all.
 */
export function matchesModel(wanted: string, model: NamedModel): boolean {
  const text = wanted.trim().toLowerCase()
  if (text === AUTO_MODEL) return true
  const name = model.name.toLowerCase()
  if (name === text || baseName(name) === text) return true
  const hex = text.startsWith('sha256:') ? text.slice(7) : text
  return hex.length >= MIN_DIGEST_PREFIX && /^[0-9a-f]+$/.test(hex) && model.digest.startsWith(hex)
}

/** The name without its tag: `smollm2` of `smollm2:135m-q4_1`. */
export function baseName(name: string): string {
  return name.split(':', 1)[0] ?? name
}

/** Up to four known names near an unknown one, nearest first, for "did you mean". */
export function nearestNames(wanted: string, names: Iterable<string>): string[] {
  const text = wanted.toLowerCase()
  return [...new Set(names)]
    .map(name => ({
      name,
      distance: Math.min(distance(text, name.toLowerCase()), distance(text, baseName(name).toLowerCase()))
    }))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, 4)
    .map(entry => entry.name)
}

/** Levenshtein distance; texts are cut at 64 characters, so that a hostile name costs nothing. */
function distance(a: string, b: string): number {
  const left = a.slice(0, 64)
  const right = b.slice(0, 64)
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const swap = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, swap))
    }
    row = next
  }
  return row[right.length]!
}
