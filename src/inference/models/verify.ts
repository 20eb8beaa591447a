import { BadModelError } from '../../interface/index.ts'
import { readGgufHeader } from '../llama/child/gguf-header.ts'
import type { GgufHeader } from '../llama/ipc.ts'

/** Reads what a model says of itself. Throws `BadModelError` that begins with "not a usable GGUF". */
export function modelHeader(file: string, shownAs: string): GgufHeader {
  try {
    return readGgufHeader(file)
  } catch (error) {
    if (!(error instanceof BadModelError)) throw error
    throw new BadModelError(`not a usable GGUF: ${shownAs}: ${error.message}`, { cause: error })
  }
}
