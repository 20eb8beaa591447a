import { isAuto, matchesModel, type NamedModel } from '../../interface/index.ts'
import { modelNameOf } from '../llama/model-name.ts'

/** Whether `wanted` means this model: by name, by a prefix of its digest, or by where it came from. */
export function meansModel(wanted: string, model: NamedModel & { source: string }): boolean {
  if (isAuto(wanted)) return false
  return matchesModel(wanted, model) || meansSource(wanted.trim(), model.source)
}

/** `hf:owner/name` means every file of that repository, `hf:owner/name:QUANT` those of the quantization. */
function meansSource(wanted: string, source: string): boolean {
  const [, repository, quantization] = /^(hf:[^/:]+\/[^/:]+)(?::(.+))?$/.exec(wanted) ?? []
  if (repository === undefined || !source.startsWith(`${repository}/`)) return wanted === source
  return quantization === undefined || quantizationIn(source).toLowerCase() === quantization.toLowerCase()
}

/** A name for a file of which only the file name is known, for example `qwen3-8b:q4_k_m`. */
export function nameFromFile(file: string): string {
  return modelNameOf(
    {
      architecture: '',
      name: '',
      basename: '',
      sizeLabel: '',
      finetune: '',
      fileType: -1,
      trainContextTokens: 0,
      blockCount: 0,
      embeddingLength: 0,
      headCount: 0,
      headCountKv: 0,
      keyLength: 0,
      valueLength: 0,
      parameterCount: 0
    },
    file
  )
}

const QUANTIZATION = /(?:^|[-._/])((?:UD-)?(?:I?Q\d\w*|F16|F32|BF16|MXFP4\w*))(?=[-._/]|$)/i

/** The quantization in a file's path, for example `Q4_K_M`; empty when there is none. */
export function quantizationIn(file: string): string {
  return QUANTIZATION.exec(file.replace(/(?:-\d{5}-of-\d{5})?\.gguf$/i, ''))?.[1] ?? ''
}

/** What a model's file is called on our disk, up to its ending: nothing of it comes unchanged from elsewhere. */
export function fileStemFor(name: string, digest: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[-._]+/, '')
    .slice(0, 80)
  return `${safe || 'model'}${fileEndFor(digest)}`
}

/** The end of it, by which a file is known again. */
export function fileEndFor(digest: string): string {
  return `-${digest.slice(0, 12)}`
}
