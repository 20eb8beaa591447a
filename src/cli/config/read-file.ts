import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { InvalidRequestError } from '../../index.ts'

/** Every setting there is takes far less. What is larger is another file. */
const MAX_CONFIG_BYTES = 64 * 1024

/**
 * The text of a configuration file, without the mark that some editors put before it; undefined when there is none.
 * Throws `InvalidRequestError` for what cannot be one.
 */
export function readConfigText(path: string): string | undefined {
  let data: Buffer
  try {
    const file = openSync(path, 'r')
    try {
      const { size } = fstatSync(file)
      if (size > MAX_CONFIG_BYTES) {
        throw configProblem(path, `it has ${size} bytes, and may have ${MAX_CONFIG_BYTES}; is it another file?`)
      }
      data = readFileSync(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    if (error instanceof InvalidRequestError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw configProblem(path, `it cannot be read: ${code === 'EISDIR' ? 'it is a folder' : message}`, error)
  }
  try {
    // `TextDecoder` takes the mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch (error) {
    throw configProblem(path, 'it is not text in UTF-8; save it again as UTF-8', error)
  }
}

/** What is wrong with the file, with the line where one is known. */
export function configProblem(path: string, problem: string, cause?: unknown, line?: number): InvalidRequestError {
  const where = line === undefined ? path : `${path}, line ${line}`
  return new InvalidRequestError(`${where}: ${problem}`, { cause, details: { field: 'config' } })
}
