import { fstatSync } from 'node:fs'
import { basename } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { InvalidRequestError, MAX_REQUEST_BYTES } from '../../index.ts'
import { decodeText, readBounded, readPromptFile } from './prompt-file.ts'

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
 * Puts the prompt together: standard input, files and arguments, in this order, with an empty line between. Several
 * files are told apart by their names. `-`, as an argument or a file, is standard input. Throws `InvalidRequestError`
 * when nothing is left or something is not text, `PayloadTooLargeError` when all together is too long.
 */
export async function composePrompt(
  words: string[],
  files: string[] = [],
  signal?: AbortSignal,
  input: PromptInput = standardInput()
): Promise<string> {
  const argument = words.filter(word => word !== '-').join(' ')
  const inFiles = files.includes('-')
  const demanded = words.includes('-') || inFiles
  const complete = !demanded && (argument !== '' || files.length > 0)
  const typed = await readInput(input, demanded, complete, signal)
  const read = await readFiles(files, typed)
  const parts = [inFiles ? '' : typed, ...read, argument]
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

/** The texts of files; of several, each below a line with its name. */
async function readFiles(files: string[], typed: string): Promise<string[]> {
  const names = namesOf(files)
  const texts: string[] = []
  let leftBytes = MAX_REQUEST_BYTES - Buffer.byteLength(typed)
  for (const [at, file] of files.entries()) {
    let text = typed
    if (file !== '-') {
      const data = await readPromptFile(file, leftBytes)
      leftBytes -= data.byteLength
      text = decodeText(data, file)
    }
    texts.push(files.length > 1 ? `=== ${names[at]} ===\n${text}` : text)
  }
  return texts
}

/** Folders are nobody's business: files go by their own names, unless two have the same. */
function namesOf(files: string[]): string[] {
  const names = files.map(file => (file === '-' ? 'standard input' : basename(file)))
  return names.map((name, at) => (names.indexOf(name) === names.lastIndexOf(name) ? name : (files[at] as string)))
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
  return decodeText(await readBounded(stream, 'standard input'), 'standard input')
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
