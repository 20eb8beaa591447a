import { printableLine } from '../output/printable.ts'

/** One line of the log. */
export interface LogEntry {
  time: string
  level: string
  event: string
  fields: Record<string, unknown>
}

/** Reads a line. What is no line of ours, because a full disk cut it, is shown for what it is. */
export function parseEntry(line: string): LogEntry {
  try {
    const { time, level, event, ...fields } = JSON.parse(line)
    if (typeof event === 'string') return { time: String(time ?? ''), level: String(level ?? ''), event, fields }
  } catch {
    // Told below.
  }
  return { time: '', level: 'warn', event: 'a line that cannot be read', fields: { line } }
}

/** The entry as one line for people. */
export function entryText({ event, fields }: Pick<LogEntry, 'event' | 'fields'>): string {
  const details = Object.entries(fields).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`
  )
  return printableLine([event, ...details].join(' '))
}
