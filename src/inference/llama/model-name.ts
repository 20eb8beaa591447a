import path from 'node:path'
import { MAX_NAME_LENGTH } from '../../interface/index.ts'
import type { GgufHeader } from './ipc.ts'

/** Quantizations by the number in `general.file_type`, as llama.cpp's `llama_ftype` has them. */
const FILE_TYPES: Record<number, string> = {
  0: 'F32',
  1: 'F16',
  2: 'Q4_0',
  3: 'Q4_1',
  7: 'Q8_0',
  8: 'Q5_0',
  9: 'Q5_1',
  10: 'Q2_K',
  11: 'Q3_K_S',
  12: 'Q3_K_M',
  13: 'Q3_K_L',
  14: 'Q4_K_S',
  15: 'Q4_K_M',
  16: 'Q5_K_S',
  17: 'Q5_K_M',
  18: 'Q6_K',
  19: 'IQ2_XXS',
  20: 'IQ2_XS',
  21: 'Q2_K_S',
  22: 'IQ3_XS',
  23: 'IQ3_XXS',
  24: 'IQ1_S',
  25: 'IQ4_NL',
  26: 'IQ3_S',
  27: 'IQ3_M',
  28: 'IQ2_S',
  29: 'IQ2_M',
  30: 'IQ4_XS',
  31: 'IQ1_M',
  32: 'BF16',
  36: 'TQ1_0',
  37: 'TQ2_0',
  38: 'MXFP4'
}
const FILE_NAME_QUANTIZATION = /(?:^|[-._])((?:I?Q\d[\w]*)|F16|F32|BF16|MXFP4)$/i

/** The quantization, for example `Q4_1`: of the metadata, else of the file's name, else empty. */
export function quantizationOf(header: GgufHeader, modelFile: string): string {
  const fromName = FILE_NAME_QUANTIZATION.exec(stem(modelFile))?.[1]?.toUpperCase()
  return FILE_TYPES[header.fileType] ?? fromName ?? ''
}

/**
 * The name that users type, `name:size-quant` in lower case. From `general.basename`, the size label, a plain
 * finetune word such as `instruct`, and the quantization; a file without a basename is named after the file.
 */
export function modelNameOf(header: GgufHeader, modelFile: string): string {
  const quantization = quantizationOf(header, modelFile)
  const base = clean(header.basename) || clean(baseFromFile(modelFile)) || 'model'
  // Compound words such as `8k-lc100k-mix1-ep2` tell of a training run, and nobody would type them.
  const finetune = /^[A-Za-z]{2,16}$/.test(header.finetune) ? header.finetune : ''
  const size = header.basename === '' ? '' : header.sizeLabel || sizeLabel(header.parameterCount)
  const tag = [size, finetune, quantization].map(clean).filter(Boolean).join('-')
  return tag === '' ? base : `${base}:${tag}`.slice(0, MAX_NAME_LENGTH)
}

/** A name given by a user, in the form of the derived ones: `[a-z0-9._-]` and at most one colon. */
export function cleanModelName(name: string): string {
  const [base = '', ...tag] = name.split(':')
  const cleaned = clean(base) || 'model'
  const cleanedTag = clean(tag.join('-'))
  return (cleanedTag === '' ? cleaned : `${cleaned}:${cleanedTag}`).slice(0, MAX_NAME_LENGTH)
}

function baseFromFile(modelFile: string): string {
  return stem(modelFile).replace(FILE_NAME_QUANTIZATION, '')
}

function stem(modelFile: string): string {
  return path.basename(modelFile).replace(/\.gguf$/i, '')
}

function clean(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+|[-._]+$/g, '')
    .slice(0, 64)
}

function sizeLabel(parameters: number): string {
  if (parameters >= 1e9) return `${round(parameters / 1e9)}b`
  return parameters >= 1e5 ? `${round(parameters / 1e6)}m` : ''
}

function round(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10)
}
