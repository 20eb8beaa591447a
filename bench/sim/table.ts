import type { Percentiles } from './measures.ts'

/** A table with the guide's numbers in brackets behind ours. */
export interface Table {
  title: string
  head: readonly string[]
  rows: readonly (readonly string[])[]
}

/** Seeds of rows that the guide ran three times, and of those that it ran once. */
export interface TableSeeds {
  several: readonly number[]
  one: readonly number[]
}

/** A table in Markdown. */
export function inMarkdown({ title, head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [`**${title}**`, '', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Ours, then what the guide has, if anything. */
export function beside(ours: string, guide: string): string {
  return guide === '-' ? ours : `${ours} (${guide})`
}

/** p50/p95/p99. */
export function times({ p50, p95, p99 }: Percentiles): string {
  return [p50, p95, p99].map(short).join('/')
}

export function percent(share: number): string {
  return short(share * 100)
}

/** Three digits that matter. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
