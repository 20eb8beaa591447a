import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { linesOf } from './tail.ts'

/** A line is seen this long after it was written. Polling works on every file system; watching does not. */
const POLL_MS = 200
const CHUNK_BYTES = 64 * 1024

/**
 * Gives the lines that are written after this call returns, until `signal` aborts. Goes on over files that are moved
 * away: the old one is read to its end first, then all that came between.
 */
export async function newLines(
  files: readonly [string, ...string[]],
  signal: AbortSignal
): Promise<AsyncGenerator<string>> {
  return follow(files, await openAt(files[0], 'end'), signal)
}

async function* follow(
  files: readonly [string, ...string[]],
  first: OpenLog | undefined,
  signal: AbortSignal
): AsyncGenerator<string> {
  let reading = first
  try {
    while (!signal.aborted) {
      if (reading !== undefined) yield* reading.lines()
      const next = await openNext(files, reading?.inode)
      if (next === undefined) await sleep(POLL_MS, undefined, { signal }).catch(() => undefined)
      else {
        // What was written between the last look and the move.
        if (reading !== undefined) yield* reading.lines()
        await reading?.close()
        reading = next
      }
    }
  } finally {
    await reading?.close()
  }
}

/** One file, read from where it was left. */
interface OpenLog {
  inode: number
  lines(): AsyncGenerator<string>
  close(): Promise<void>
}

async function openAt(path: string, from: 'start' | 'end'): Promise<OpenLog | undefined> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const { ino, size } = await file.stat()
  let position = from === 'end' ? size : 0
  let half = ''
  const decoder = new TextDecoder()
  return {
    inode: ino,
    async *lines() {
      const chunk = new Uint8Array(CHUNK_BYTES)
      for (;;) {
        const { bytesRead } = await file.read(chunk, 0, chunk.length, position)
        if (bytesRead === 0) return
        position += bytesRead
        const parts = (half + decoder.decode(chunk.subarray(0, bytesRead), { stream: true })).split('\n')
        half = parts.pop() ?? ''
        for (const part of parts) yield* linesOf(part)
      }
    },
    close: () => file.close()
  }
}

/** The file that came after the one with this inode; the oldest when that is gone, the newest when there was none. */
async function openNext(files: readonly string[], inode: number | undefined): Promise<OpenLog | undefined> {
  let next: { file: string; inode: number } | undefined
  for (const file of inode === undefined ? files.slice(0, 1) : files) {
    const stats = await stat(file).catch(() => undefined)
    if (stats === undefined) continue
    if (stats.ino === inode) break
    next = { file, inode: stats.ino }
  }
  const opened = next && (await openAt(next.file, 'start'))
  if (opened === undefined || opened.inode === next?.inode) return opened
  // The files were moved on in between: looked at again in a moment.
  await opened.close()
  return undefined
}
