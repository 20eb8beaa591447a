import { open } from 'node:fs/promises'
import { InvalidRequestError, MAX_REQUEST_BYTES, PayloadTooLargeError } from '../../index.ts'

/** Reads a file named on the command line, whatever it is. Throws `InvalidRequestError` or `PayloadTooLargeError` in words. */
export async function readPromptFile(file: string, limitBytes = MAX_REQUEST_BYTES): Promise<Uint8Array> {
  try {
    await using handle = await open(file)
    if ((await handle.stat()).isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
    return await readBounded(handle.createReadStream({ autoClose: false }), file, limitBytes)
  } catch (error) {
    if (error instanceof PayloadTooLargeError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? 'there is no such file' : message
    throw new InvalidRequestError(`cannot read ${file}: ${problem}`, { cause: error, details: { field: 'file' } })
  }
}

/** Reads a stream to its end. Throws `PayloadTooLargeError` as soon as it is too long: some never end. */
export async function readBounded(
  stream: AsyncIterable<Uint8Array>,
  source: string,
  limitBytes = MAX_REQUEST_BYTES
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.byteLength
    if (bytes > limitBytes) {
      throw new PayloadTooLargeError(
        `${source} is too long: a prompt has at most ${MAX_REQUEST_BYTES} bytes, all files together`,
        { details: { field: 'prompt' } }
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The text of a file or a stream. Throws `InvalidRequestError` for what is no text. */
export function decodeText(data: Uint8Array, source: string): string {
  const problem = (cause?: unknown) =>
    new InvalidRequestError(`${source} is not text in UTF-8`, { cause, details: { field: 'prompt' } })
  // No text has a zero in it; UTF-8 would let it through.
  if (data.includes(0)) throw problem()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch (error) {
    throw problem(error)
  }
}
