/** Pages that macOS gives away when somebody needs them; what it calls free is only what nobody has used yet. */
const AVAILABLE = ['Pages free', 'Pages inactive', 'Pages purgeable', 'Pages speculative']

/** Bytes that are available according to what `vm_stat` prints; undefined when the text is another one. */
export function availableFromVmStat(text: string): number | undefined {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1])
  const pages = AVAILABLE.map(name => Number(new RegExp(`^${name}:\\s+(\\d+)\\.?\\s*$`, 'm').exec(text)?.[1]))
  // Without the two large counts the sum would be a guess; the small ones may be missing.
  if (!(pageBytes > 0) || !(pages[0]! >= 0) || !(pages[1]! >= 0)) return undefined
  return pageBytes * pages.reduce((sum, count) => sum + (count || 0), 0)
}
