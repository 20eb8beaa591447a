import { readFile } from 'node:fs/promises'

/** The last lines of all files, newest first, that `keep` wants. Oldest line first. */
export async function lastLines(
  files: readonly string[],
  count: number,
  keep: (line: string) => boolean
): Promise<string[]> {
  let found: string[] = []
  for (const file of files) {
    if (found.length >= count) break
    found = [...linesOf(await textOf(file)).filter(keep), ...found]
  }
  return count === 0 ? [] : found.slice(-count)
}

/** Lines with something in them. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line.trim() !== '')
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
