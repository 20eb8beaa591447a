import { BadModelError } from '../../interface/index.ts'
import type { GgufHeader } from '../llama/ipc.ts'
import { quantizationOf } from '../llama/model-name.ts'
import { modelHeader } from './verify.ts'

/** Whose the file of a model is: ours, that of another program whose store is used in place, or the package's. */
export type ModelPlace = 'p2pai' | 'ollama' | 'hub-cache' | 'built-in'

/** A model whose file is on this machine. */
export interface LocalModel {
  /** `name:size-quant`, as users type it. */
  name: string
  /** SHA-256 of the file, 64 hex digits; empty where its store does not say it. */
  digest: string
  sizeBytes: number
  /** Absolute path of the GGUF. */
  path: string
  place: ModelPlace
  /** In p2pai's own list. Others are found in the stores of other programs, and used from there. */
  installed: boolean
  /** Where it came from: `hf:owner/name/FILE`, an address, a file, or the name in its store. */
  source: string
  /** SPDX identifier, where it is known. */
  licence?: string | undefined
  /** From here on as the file says. Absent for a model of another program's store until its file was read. */
  parameterCount?: number | undefined
  quantization?: string | undefined
  architecture?: string | undefined
  /** Most tokens that the model was trained on. */
  contextSizeTokens?: number | undefined
  /** Takes conversations, as far as its file tells. */
  chat?: boolean | undefined
  /** Milliseconds since 1970; absent for a model that is not installed. */
  installedAtMs?: number | undefined
}

/** Anything longer is a text, not a name. */
const LICENCE = /^[\w.+-]{1,64}$/

type HeaderFacts = Pick<
  LocalModel,
  'licence' | 'parameterCount' | 'quantization' | 'architecture' | 'contextSizeTokens' | 'chat'
>

/** What the header of a file tells about its model. */
export function headerFacts(header: GgufHeader, file: string): HeaderFacts {
  const { licence = '' } = header
  return {
    ...(LICENCE.test(licence) && { licence }),
    ...(header.parameterCount > 0 && { parameterCount: header.parameterCount }),
    quantization: quantizationOf(header, file),
    architecture: header.architecture,
    ...(header.trainContextTokens > 0 && { contextSizeTokens: header.trainContextTokens }),
    chat: header.hasChatTemplate === true && header.pools !== true && header.ranks !== true
  }
}

/** The model with what its file tells; as it is when that was read before, or the file is no model. */
export function withHeaderFacts(model: LocalModel): LocalModel {
  if (model.chat !== undefined) return model
  try {
    const facts = headerFacts(modelHeader(model.path, model.name), model.source)
    // What the catalog says of a licence goes before what a file says.
    return { ...model, ...facts, ...(model.licence !== undefined && { licence: model.licence }) }
  } catch (error) {
    if (error instanceof BadModelError) return model
    throw error
  }
}
