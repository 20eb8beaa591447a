import { homePaths } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { entryText, parseEntry } from '../logs/entry.ts'
import { newLines } from '../logs/follow.ts'
import { isWanted, type LOG_LEVELS } from '../logs/levels.ts'
import { lastLines } from '../logs/tail.ts'

/** What `p2pai logs` was told on its command line. */
export interface LogsFlags {
  follow?: boolean | undefined
  lines: number
  level: (typeof LOG_LEVELS)[number]
  json?: boolean | undefined
}

/** `p2pai logs`: reads the file itself, so that it works when no daemon runs any more. */
export async function logs(flags: LogsFlags, { terminal, interrupt }: CommandContext): Promise<number> {
  const { logFiles } = homePaths()
  const keep = (line: string): boolean => isWanted(parseEntry(line).level, flags.level)
  const print = async (line: string): Promise<void> => {
    const entry = parseEntry(line)
    if (flags.json)
      return terminal.writeJson({ time: entry.time, level: entry.level, event: entry.event, ...entry.fields })
    const text = [entry.time.slice(0, 19).replace('T', ' '), entry.level.padEnd(5), entryText(entry)].join('  ')
    await terminal.write(`${text}\n`)
  }
  // Opened before the past is read, so that nothing is missed in between.
  const news = flags.follow ? await newLines(logFiles, interrupt.signal) : undefined
  const past = await lastLines(logFiles, flags.lines, keep)
  if (past.length === 0 && !flags.follow) terminal.note(`nothing is written in ${logFiles[0]}`)
  for (const line of past) await print(line)
  for await (const line of news ?? []) if (keep(line)) await print(line)
  return interrupt.exitCode ?? 0
}
