import { fstatSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { addAbortSignal, type Readable } from 'node:stream'
import { InvalidRequestError, MAX_REQUEST_BYTES, PayloadTooLargeError } from '../../index.ts'

/** Standard input as far as a prompt can come from it. */
export interface PromptInput {
  /**
   * `pipe`: read to its end. `socket`: what programs give their children, often without ever closing it.
   * `none`: a terminal or nothing.
   */
  kind: 'pipe' | 'socket' | 'none'
  stream: Readable
}

/** A socket that says nothing for this long, while there is a prompt without it, has nothing to say. */
const SILENT_SOCKET_MS = 100

/**
 * Puts the prompt together: standard input, files and arguments, in this order, with an empty line between. `-` among
 * the arguments asks for standard input. Throws `InvalidRequestError` when nothing is left, or a file is not text.
 */
export async function composePrompt(
  words: string[],
  files: string[] = [],
  signal?: AbortSignal,
  input: PromptInput = standardInput()
): Promise<string> {
  const argument = words.filter(word => word !== '-').join(' ')
  const demanded = words.includes('-')
  const complete = !demanded && (argument !== '' || files.length > 0)
  const parts = [await readInput(input, demanded, complete, signal)]
  for (const file of files) parts.push(decode(await readPromptFile(file), file))
  parts.push(argument)
  const prompt = parts
    .map(part => part.replace(/(\r?\n)+$/, ''))
    .filter(part => part.trim() !== '')
    .join('\n\n')
  if (prompt === '') {
    throw new InvalidRequestError('the prompt is empty; try: p2pai ask "Why is the sky blue?"', {
      details: { field: 'prompt' }
    })
  }
  return prompt
}

async function readInput(
  input: PromptInput,
  demanded: boolean,
  complete: boolean,
  signal: AbortSignal | undefined
): Promise<string> {
  if (input.kind === 'none' && !demanded) return ''
  const { kind, stream } = input
  if (signal) addAbortSignal(signal, stream)
  if (kind === 'socket' && complete && !(await speaks(stream))) {
    stream.destroy()
    return ''
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    if (bytes > MAX_REQUEST_BYTES) {
      throw new PayloadTooLargeError(`standard input has more than ${MAX_REQUEST_BYTES} bytes`, {
        details: { field: 'prompt' }
      })
    }
    chunks.push(chunk)
  }
  return decode(Buffer.concat(chunks), 'standard input')
}

/** Whether a stream has something, or has ended, within a moment. */
async function speaks(stream: Readable): Promise<boolean> {
  if (stream.readableLength > 0 || stream.readableEnded) return true
  return new Promise(resolve => {
    const settle = (answer: boolean): void => {
      clearTimeout(timer)
      stream.off('readable', heard)
      stream.off('end', heard)
      resolve(answer)
    }
    const heard = (): void => settle(true)
    const timer = setTimeout(() => settle(false), SILENT_SOCKET_MS)
    stream.on('readable', heard)
    stream.on('end', heard)
  })
}

/** Reads a file named on the command line. Throws `InvalidRequestError` in words. */
export async function readPromptFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const problem = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message
    throw new InvalidRequestError(`cannot read ${file}: ${problem}`, { cause: error, details: { field: 'file' } })
  }
}

function decode(data: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch (error) {
    throw new InvalidRequestError(`${source} is not text in UTF-8`, { cause: error, details: { field: 'prompt' } })
  }
}

function standardInput(): PromptInput {
  return {
    kind: inputKind(),
    get stream() {
      return process.stdin
    }
  }
}

function inputKind(): PromptInput['kind'] {
  try {
    const stats = fstatSync(0)
    if (stats.isSocket()) return 'socket'
    return stats.isFIFO() || stats.isFile() ? 'pipe' : 'none'
  } catch {
    // Standard input is closed.
    return 'none'
  }
}
