import type { ModelInfo } from './engine.ts'
import type { ModelTask } from './model-task.ts'

/** `auto`: any model that is made for the task. */
export const AUTO_MODEL = 'auto'

/** Digest prefixes shorter than this could be names. */
const MIN_DIGEST_PREFIX = 12

/** Words that publishers put into names and users leave out, or the other way round. */
const IDLE_WORDS = new Set(['instruct', 'it', 'chat'])

/** A model as far as matching needs it. */
export type NamedModel = Pick<ModelInfo, 'name' | 'digest'>

/** A model as far as it must be known to tell whether it may answer. */
export type ServedModel = NamedModel & { features: Pick<ModelInfo['features'], ModelTask> }

/** Whether `wanted` is `auto`, however it was typed. */
export function isAuto(wanted: string): boolean {
  return wanted.trim().toLowerCase() === AUTO_MODEL
}

/** Whether a request for `wanted` may go to this model: any that is made for the task for `auto`, else one that is meant by it. */
export function servesModel(wanted: string, model: ServedModel, task: ModelTask = 'chat'): boolean {
  return isAuto(wanted) ? model.features[task] === true : matchesModel(wanted, model)
}

/**
 * Whether `wanted` means this model: its name, its name without the tag or with the first words of the tag, or a
 * digest prefix of 12 hex digits or more. `:` and `-` are alike, case does not matter, and `instruct`, `it` and
 * `chat` are left out on both sides. `auto` matches all, chat or not: see `servesModel`.
 */
export function matchesModel(wanted: string, model: NamedModel): boolean {
  const text = wanted.trim().toLowerCase()
  if (text === AUTO_MODEL || text === model.name.toLowerCase() || meansWords(text, model.name)) return true
  const hex = text.startsWith('sha256:') ? text.slice(7) : text
  return hex.length >= MIN_DIGEST_PREFIX && /^[0-9a-f]+$/.test(hex) && model.digest.startsWith(hex)
}

/** The words of a name that tell it from others: `smollm2`, `135m` of `SmolLM2-135M-Instruct`. The first always counts. */
export function nameWords(name: string): string[] {
  const words = name.trim().toLowerCase().split(/[:-]/).filter(Boolean)
  return words.filter((word, index) => index === 0 || !IDLE_WORDS.has(word))
}

/** The name without its tag: `smollm2` of `smollm2:135m-q4_1`. */
export function baseName(name: string): string {
  return name.split(':', 1)[0] ?? name
}

/** All words of the base, because `qwen3` is not `qwen3-coder`; then as many of the tag as were typed. */
function meansWords(wanted: string, name: string): boolean {
  const typed = nameWords(wanted)
  const words = nameWords(name)
  return (
    typed.length > 0 && typed.length >= nameWords(baseName(name)).length && typed.every((word, i) => word === words[i])
  )
}

/** Whether two models are the same but for their quantization: the same name but for that word, and as many parameters. */
export function isSameButQuantized(a: QuantizedModel, b: QuantizedModel): boolean {
  return a.parameterCount === b.parameterCount && wordsBut(a) === wordsBut(b)
}

/** A model as far as it must be known to tell it from another quantization. */
export type QuantizedModel = Pick<ModelInfo, 'name' | 'quantization' | 'parameterCount'>

function wordsBut({ name, quantization }: QuantizedModel): string {
  const left = quantization.toLowerCase()
  return nameWords(name)
    .filter(word => word !== left)
    .join(' ')
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
