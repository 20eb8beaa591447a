import { existsSync } from 'node:fs'
import path from 'node:path'

const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i
/** More than any model has: the largest are cut into about 200. */
const MAX_PARTS = 1000

/** One file of a model that comes in several. */
export interface PartName {
  /** The path up to the number. */
  stem: string
  /** From 1. */
  number: number
  count: number
}

/** What a file's name says about its place in a model of several files; undefined for a whole model. */
export function partNameOf(file: string): PartName | undefined {
  const [, stem = '', number = '', count = ''] = PART.exec(file) ?? []
  const part = { stem, number: Number(number), count: Number(count) }
  const isPart = part.number >= 1 && part.number <= part.count && part.count > 1 && part.count <= MAX_PARTS
  return isPart ? part : undefined
}

/** The path of one part. */
export function partFile(stem: string, number: number, count: number): string {
  const digits = (value: number): string => String(value).padStart(5, '0')
  return `${stem}-${digits(number)}-of-${digits(count)}.gguf`
}

/** All files of the model that a file belongs to, in order; the file itself for a whole model. */
export function filesOfModel(file: string): string[] {
  const part = partNameOf(file)
  if (part === undefined) return [file]
  return Array.from({ length: part.count }, (_, index) => partFile(part.stem, index + 1, part.count))
}

/** The first file of a model, which is the one that is loaded. */
export function firstFileOfModel(file: string): string {
  return filesOfModel(file)[0] ?? file
}

/** The name of the first file of a model that is not there; undefined when all are. */
export function missingFileOf(file: string): string | undefined {
  const missing = filesOfModel(file).find(part => !existsSync(part))
  return missing === undefined ? undefined : path.basename(missing)
}
