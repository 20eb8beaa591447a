import { stripVTControlCharacters } from 'node:util'
import { Worker } from 'node:worker_threads'
import { PrintableStream } from '../printable.ts'
import type { Terminal } from '../terminal.ts'
import { stylesOnly } from './styles-only.ts'

/** A block of code in a text. */
export interface CodeBlock {
  text: string
  /** Whether its end was there too. */
  closed: boolean
}

/** What the worker does. */
export type MarkdownTask = { kind: 'render'; text: string; columns: number } | { kind: 'code'; text: string }

/**
 * A thousand nested lists make the libraries take gigabytes, a few kilobytes of brackets minutes: text from a stranger
 * is read by a thread that can be ended.
 */
const MAX_HEAP_MB = 256
const MAX_TIME_MS = 3000
/** Narrower, words are cut to letters. */
const MIN_COLUMNS = 20
const MAX_COLUMNS = 120
const DEFAULT_COLUMNS = 80
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'

/**
 * Markdown as a terminal shows it. Whatever is in the text, all that a terminal is told are colours and weights. A text
 * that cannot be read as markdown within bounds is returned as it is, without what a terminal obeys.
 */
export async function renderMarkdown(
  text: string,
  { columns, paintAnswer }: Pick<Terminal, 'columns' | 'paintAnswer'>
): Promise<string> {
  const harmless = new PrintableStream().push(text)
  const width = Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, columns || DEFAULT_COLUMNS))
  const rendered = await inWorker<string>({ kind: 'render', text: harmless, columns: width })
  if (rendered === undefined) return harmless.trim()
  const coloured = paintAnswer('bold', 'x') !== 'x'
  return (coloured ? stylesOnly(rendered) : new PrintableStream().push(stripVTControlCharacters(rendered))).trim()
}

/**
 * The first fenced block of code, also in a list or a quotation; null when there is none, undefined when the text
 * cannot be read as markdown within bounds.
 */
export async function firstCode(text: string): Promise<CodeBlock | null | undefined> {
  return await inWorker<CodeBlock | null>({ kind: 'code', text })
}

/** What the worker makes of a task; undefined when it takes too much time or memory, or fails. */
async function inWorker<Result>(task: MarkdownTask): Promise<Result | undefined> {
  const worker = new Worker(new URL(`./worker.${EXTENSION}`, import.meta.url), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    // Colours are decided here, not by what a library finds in the environment.
    env: { ...process.env, FORCE_COLOR: '1', FORCE_HYPERLINK: '0' },
    stdout: true,
    stderr: true
  })
  try {
    return await new Promise(resolve => {
      const timer = setTimeout(() => resolve(undefined), MAX_TIME_MS)
      const settle = (result?: Result): void => {
        clearTimeout(timer)
        resolve(result)
      }
      worker.once('message', settle)
      worker.once('error', () => settle())
      worker.once('exit', () => settle())
    })
  } finally {
    await worker.terminate()
  }
}
