import type { GgufHeader } from '../llama/ipc.ts'
import { quantizationOf } from '../llama/model-name.ts'

/** Whose the file of a model is: ours, or that of another program whose store is used in place. */
export type ModelPlace = 'p2pai' | 'ollama' | 'hub-cache'

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
  /** SPDX identifier; empty where it is not known. */
  licence: string
  /** From here on as the file says; 0, empty and false for a model that is not installed. */
  parameterCount: number
  quantization: string
  architecture: string
  /** Most tokens that the model was trained on. */
  contextSizeTokens: number
  /** Takes conversations, as far as its file tells. */
  chat: boolean
  /** Milliseconds since 1970; 0 for a model that is not installed. */
  installedAtMs: number
}

/** What the header of a file tells about its model. */
export function headerFacts(
  header: GgufHeader,
  file: string
): Pick<LocalModel, 'parameterCount' | 'quantization' | 'architecture' | 'contextSizeTokens' | 'chat'> {
  return {
    parameterCount: header.parameterCount,
    quantization: quantizationOf(header, file),
    architecture: header.architecture,
    contextSizeTokens: header.trainContextTokens,
    chat: header.hasChatTemplate === true && header.pools !== true && header.ranks !== true
  }
}
