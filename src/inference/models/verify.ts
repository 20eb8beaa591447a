import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { BadModelError, throwIfAborted } from '../../interface/index.ts'
import { readGgufHeader } from '../llama/child/gguf-header.ts'
import type { GgufHeader } from '../llama/ipc.ts'

const READ_BYTES = 1 << 20

/**
 * SHA-256 of a file, 64 hex digits, through one buffer: a stream would leave as much garbage as the file has bytes.
 * `onBytes` hears of every piece.
 */
export async function hashFile(
  file: string,
  { signal, onBytes }: { signal?: AbortSignal | undefined; onBytes?: (bytes: number) => void } = {}
): Promise<string> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  await using handle = await open(file, 'r')
  for (;;) {
    throwIfAborted(signal)
    const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, null)
    if (bytesRead === 0) return hash.digest('hex')
    hash.update(buffer.subarray(0, bytesRead))
    onBytes?.(bytesRead)
  }
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
