import { BadModelError } from '../../../interface/index.ts'
import { filesOfModel, partNameOf } from '../../files/parts.ts'
import type { GgufHeader } from '../ipc.ts'
import { GgufReader, type GgufScalar } from './gguf-reader.ts'

/** Far above every model: the largest have about 100 keys and 3,000 tensors. */
const MAX_KEYS = 65_536
const MAX_TENSORS = 262_144
/** llama.cpp's own bound. */
const MAX_DIMENSIONS = 4
const MAX_CONTEXT_TOKENS = 2 ** 31
const DEFAULT_ALIGNMENT = 32
/** Looked at only for whether it is there: the reader keeps the beginning of a text and skips the rest. */
const CHAT_TEMPLATE_KEY = 'tokenizer.chat_template'
/** Of llama.cpp's kinds of pooling: the model's head gives a score. */
const POOLING_RANK = 4
/** Heads that give a score. */
const RANK_TENSORS = new Set(['cls.weight', 'cls.output.weight'])

/**
 * Reads the header of a GGUF, trusting nothing in it; of a model in parts, given its first, the tensors of all.
 * Throws `BadModelError` with what is wrong.
 */
export function readGgufHeader(modelFile: string): GgufHeader {
  const files = filesOfModel(modelFile).map(file => readFile(file, partNameOf(modelFile) !== undefined))
  const parameterCount = files.reduce((sum, { tensors }) => sum + tensors.parameterCount, 0)
  const hasRankHead = files.some(({ tensors }) => tensors.hasRankHead)
  return headerOf(files[0]!.values, {
    parameterCount: Number.isSafeInteger(parameterCount) ? parameterCount : 0,
    hasRankHead
  })
}

/** One file of a model. */
interface FileFacts {
  values: Map<string, GgufScalar>
  tensors: TensorFacts
}

function readFile(modelFile: string, isPart: boolean): FileFacts {
  using reader = new GgufReader(modelFile)
  if (reader.sizeBytes === 0) bad('the file is empty')
  if (reader.sizeBytes < 24 || reader.ascii(4) !== 'GGUF') bad('it does not begin with GGUF')
  const version = reader.u32()
  if (version !== 2 && version !== 3) bad(`version ${version} is not known`)
  const tensors = reader.count('tensors', MAX_TENSORS)
  const keys = reader.count('keys', MAX_KEYS)
  const values = new Map<string, GgufScalar>()
  for (let index = 0; index < keys; index++) {
    const key = reader.text('a key')
    const value = reader.value(key)
    if (value !== undefined) values.set(key, value)
  }
  // The first of several files may have nothing but keys.
  const isEmpty = isPart && tensors === 0
  return { values, tensors: isEmpty ? { parameterCount: 0, hasRankHead: false } : readTensors(reader, tensors, values) }
}

/** What the list of tensors tells. */
interface TensorFacts {
  parameterCount: number
  hasRankHead: boolean
}

function readTensors(reader: GgufReader, tensors: number, values: Map<string, GgufScalar>): TensorFacts {
  if (tensors === 0) bad('it has no tensors')
  let parameters = 0
  let lastOffset = 0
  let hasRankHead = false
  for (let index = 0; index < tensors; index++) {
    const name = reader.text('a tensor name')
    hasRankHead ||= RANK_TENSORS.has(name)
    const dimensions = reader.u32()
    if (dimensions > MAX_DIMENSIONS) bad(`tensor ${JSON.stringify(name.slice(0, 40))} has ${dimensions} dimensions`)
    let elements = 1
    for (let axis = 0; axis < dimensions; axis++) elements *= reader.u64()
    parameters += elements
    reader.u32()
    lastOffset = Math.max(lastOffset, reader.u64())
  }
  const alignment = Math.min(65_536, Math.max(1, number(values, 'general.alignment') || DEFAULT_ALIGNMENT))
  const dataStart = Math.ceil(reader.offset / alignment) * alignment
  if (dataStart + lastOffset >= reader.sizeBytes) {
    bad(`the file is cut: ${reader.sizeBytes} bytes, but tensors begin up to byte ${dataStart + lastOffset}`)
  }
  return { parameterCount: Number.isSafeInteger(parameters) ? parameters : 0, hasRankHead }
}

function headerOf(values: Map<string, GgufScalar>, { parameterCount, hasRankHead }: TensorFacts): GgufHeader {
  const architecture = text(values, 'general.architecture')
  if (!/^[\w-]{1,64}$/.test(architecture)) bad('general.architecture is missing')
  const own = (key: string) => number(values, `${architecture}.${key}`)
  const blockCount = own('block_count')
  const headCount = own('attention.head_count')
  const embeddingLength = own('embedding_length')
  const headSize = headCount > 0 ? embeddingLength / headCount : 0
  return {
    architecture,
    name: text(values, 'general.name'),
    basename: text(values, 'general.basename'),
    sizeLabel: text(values, 'general.size_label'),
    finetune: text(values, 'general.finetune'),
    licence: text(values, 'general.license'),
    fileType: values.has('general.file_type') ? number(values, 'general.file_type') : -1,
    trainContextTokens: Math.min(MAX_CONTEXT_TOKENS, own('context_length')),
    blockCount,
    embeddingLength,
    headCount,
    headCountKv: own('attention.head_count_kv') || headCount,
    keyLength: own('attention.key_length') || headSize,
    valueLength: own('attention.value_length') || headSize,
    parameterCount,
    hasChatTemplate: text(values, CHAT_TEMPLATE_KEY).trim() !== '',
    pools: own('pooling_type') > 0,
    ranks: own('pooling_type') === POOLING_RANK || hasRankHead
  }
}

function text(values: Map<string, GgufScalar>, key: string): string {
  const value = values.get(key)
  return typeof value === 'string' ? value : ''
}

function number(values: Map<string, GgufScalar>, key: string): number {
  const value = values.get(key)
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0
}

function bad(problem: string): never {
  throw new BadModelError(problem)
}
