import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { throwIfAborted } from '../../interface/index.ts'
import { filesOfModel } from './parts.ts'

const READ_BYTES = 1 << 20

/** What goes with the hashing of a file. */
export interface HashOptions {
  signal?: AbortSignal | undefined
  /** Hears of every piece. */
  onBytes?: (bytes: number) => void
}

/** SHA-256 of a file, 64 hex digits, through one buffer: a stream would leave as much garbage as the file has bytes. */
export async function hashFile(file: string, { signal, onBytes }: HashOptions = {}): Promise<string> {
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

/** The digest of a model, given its first file: of its one file, or of all its parts. */
export async function hashModel(file: string, options: HashOptions = {}): Promise<string> {
  const digests: string[] = []
  for (const part of filesOfModel(file)) digests.push(await hashFile(part, options))
  return joinDigests(digests)
}

/**
 * The digest of a model of several files: the SHA-256 of their SHA-256s in order, each as 64 hex digits and a newline,
 * which is what `sha256sum MODEL-*.gguf | cut -c1-64 | sha256sum` prints. Of one file it is that file's.
 */
export function joinDigests(digests: readonly string[]): string {
  const [only, ...others] = digests
  if (only !== undefined && others.length === 0) return only
  return createHash('sha256')
    .update(digests.map(digest => `${digest}\n`).join(''))
    .digest('hex')
}
