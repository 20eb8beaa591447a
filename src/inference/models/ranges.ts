/** A stretch of a file that is fetched by one request, front to back. */
export interface FileRange {
  startByte: number
  /** The first byte after it. */
  endByte: number
  /** How many bytes from its start are on the disk. */
  doneBytes: number
}

/** Small enough that a kill costs little, large enough that asking costs little. */
const MIN_RANGE_BYTES = 1 << 20
const MAX_RANGE_BYTES = 16 << 20
const RANGES_OF_SMALL_FILE = 16

/** How a file is cut. One that cannot be asked for in parts is one range. */
export function rangeBytesFor(sizeBytes: number, ranges: boolean): number {
  if (!ranges) return sizeBytes
  return Math.min(MAX_RANGE_BYTES, Math.max(MIN_RANGE_BYTES, Math.ceil(sizeBytes / RANGES_OF_SMALL_FILE)))
}

/** Cuts a file into ranges of which nothing is there. */
export function planRanges(sizeBytes: number, rangeBytes: number): FileRange[] {
  const ranges: FileRange[] = []
  for (let startByte = 0; startByte < sizeBytes; startByte += rangeBytes) {
    ranges.push({ startByte, endByte: Math.min(sizeBytes, startByte + rangeBytes), doneBytes: 0 })
  }
  return ranges
}

/** Bytes that are still to be fetched. */
export function missingBytes(ranges: readonly FileRange[]): number {
  return ranges.reduce((sum, range) => sum + lengthOf(range) - range.doneBytes, 0)
}

/** Bytes of a range. */
export function lengthOf(range: FileRange): number {
  return range.endByte - range.startByte
}
