import type { Socket } from 'node:net'
import type { Random } from './random.ts'

/** What one direction of a line does to bytes; their order stays. Names and meaning are those of toxiproxy. */
export interface LineFaults {
  /** Before each piece arrives. @default 0 */
  latencyMs?: number
  /** As much more at most, drawn for each piece. @default 0 */
  jitterMs?: number
  /** @default no bound */
  bytesPerSecond?: number
  /** Pieces are cut into slices of 1 to so many bytes, each sent alone. @default they stay whole */
  sliceBytes?: number
  /** The connection is reset, both ways, once so many bytes have passed. @default never */
  resetAtByte?: number
}

interface PumpInit {
  faults: () => LineFaults
  random: Random
  /** Resets the whole connection. */
  reset: () => void
}

/** Carries bytes from one socket to the other, with faults. */
export function pump(from: Socket, to: Socket, { faults, random, reset }: PumpInit): void {
  const waiting: { bytes: Buffer; atMs: number }[] = []
  let hasEnded = false
  let isRunning = false
  let passed = 0
  let freeAtMs = 0
  const run = async () => {
    isRunning = true
    for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
      for (const slice of slices(piece.bytes, faults().sliceBytes, random)) {
        const { bytesPerSecond = Number.POSITIVE_INFINITY, resetAtByte = Number.POSITIVE_INFINITY } = faults()
        freeAtMs = Math.max(piece.atMs, freeAtMs) + (1_000 * slice.byteLength) / bytesPerSecond
        await until(freeAtMs)
        if (to.destroyed) return
        to.write(slice.subarray(0, Math.max(0, resetAtByte - passed)))
        passed += slice.byteLength
        if (passed >= resetAtByte) return reset()
      }
    }
    isRunning = false
    if (hasEnded) to.end()
  }
  from.on('data', bytes => {
    const { latencyMs = 0, jitterMs = 0 } = faults()
    waiting.push({ bytes, atMs: performance.now() + latencyMs + jitterMs * random.next() })
    if (!isRunning) void run()
  })
  from.on('end', () => {
    hasEnded = true
    if (!isRunning) to.end()
  })
  from.on('error', () => from.destroy())
  from.on('close', () => {
    if (!hasEnded) to.destroy()
  })
}

function* slices(bytes: Buffer, sliceBytes: number | undefined, random: Random): Generator<Buffer> {
  for (let at = 0; at < bytes.byteLength; ) {
    const end = sliceBytes === undefined ? bytes.byteLength : at + 1 + random.below(sliceBytes)
    yield bytes.subarray(at, end)
    at = end
  }
}

/** Timers are no finer than a millisecond; what is due sooner only leaves the rest a turn. */
async function until(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now()
  await new Promise<void>(resolve => (leftMs < 1 ? setImmediate(resolve) : setTimeout(resolve, leftMs)))
}
