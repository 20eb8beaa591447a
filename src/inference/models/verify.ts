import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { BadModelError, throwIfAborted } from '../../interface/index.ts'
import { readGgufHeader } from '../llama/child/gguf-header.ts'
import type { GgufHeader } from '../llama/ipc.ts'

const READ_BYTES = 1 << 20

/** SHA-256 of a file, 64 hex digits. `onBytes` hears of every piece. */
export async function hashFile(
  file: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {}
): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(file, { highWaterMark: READ_BYTES })) {
    throwIfAborted(signal)
    hash.update(piece)
    onBytes?.(piece.byteLength)
  }
  return hash.digest('hex')
}

/** Reads what a model says of itself. Throws `BadModelError` that begins with "not a usable GGUF". */
export function modelHeader(file: string, shownAs: string): GgufHeader {
  try {
    return readGgufHeader(file)
  } catch (error) {
    if (!(error instanceof BadModelError)) throw error
    throw new BadModelError(`not a usable GGUF: ${shownAs}: ${error.message}`, { cause: error })
  }
}
