import { printableLine } from './printable.ts'

/** Lines of a table without borders, which `cut` and `grep` take apart. Cells come from strangers, and are cleaned. */
export function table(head: string[], rows: (string | number)[][]): string {
  const cells = [head, ...rows.map(row => row.map(cell => printableLine(String(cell)) || '-'))]
  const widths = head.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)))
  return cells
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`
    )
    .join('')
}

/** Lines `name   value`. */
export function facts(entries: [name: string, value: string | number][]): string {
  const width = Math.max(...entries.map(([name]) => name.length))
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${printableLine(String(value)) || '-'}\n`).join('')
}
