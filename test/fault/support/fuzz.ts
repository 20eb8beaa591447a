import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'vitest'
import { withPrefix } from '../../../src/protocols/length-prefix.ts'
import { joined } from './frames.ts'
import type { Random } from './random.ts'

const PROVE = process.env.P2PAI_PROVE === '1'
/** Frames on each protocol. */
export const FUZZ_FRAMES = PROVE ? 100_000 : 5_000
export const FUZZ_TIMEOUT_MS = PROVE ? 1_200_000 : 60_000
const MAX_GROWTH_BYTES = 50 << 20
/** Fewer than a peer may have, so that all are read. */
const STREAMS_AT_ONCE = 12

/** A body with one to four injuries, or one that is nothing but noise. */
export function mutated(valid: Uint8Array, random: Random): Uint8Array {
  if (random.below(10) === 0) return random.bytes(1 + random.below(300))
  let body = Uint8Array.from(valid)
  for (let left = 1 + random.below(4); left > 0; left--) body = injure(body, random)
  return body.byteLength === 0 ? Uint8Array.of(0) : body
}

/** A mutated body with its length before it; now and then the length lies. */
export function mutatedFrame(valid: Uint8Array, random: Random): Uint8Array {
  const body = mutated(valid, random)
  if (random.below(8) > 0) return withPrefix(body)
  return random.below(2) === 0 ? body : joined(random.bytes(1 + random.below(4)), body)
}

function injure(body: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const at = random.below(body.byteLength + 1)
  const length = random.below(16)
  switch (random.below(7)) {
    case 0: {
      const copy = Uint8Array.from(body)
      if (copy.byteLength > 0) copy[random.below(copy.byteLength)]! ^= 1 << random.below(8)
      return copy
    }
    case 1:
      return bytes(body.subarray(0, at), random.bytes(length), body.subarray(at))
    case 2:
      return bytes(body.subarray(0, at), body.subarray(at + length))
    case 3:
      return bytes(body.subarray(0, at))
    case 4:
      // A field twice, or a part of one.
      return bytes(body.subarray(0, at), body.subarray(random.below(at + 1), at), body.subarray(at))
    case 5:
      // The largest numbers that a varint holds.
      return bytes(body.subarray(0, at), Uint8Array.of(...Array(9).fill(0xff), 1), body.subarray(at + 1))
    default:
      return bytes(body.subarray(0, at), random.bytes(length), body.subarray(at + length))
  }
}

function bytes(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts))
}

/** Runs `one` again and again, some at once, until so many frames are `sent()`. */
export async function runFuzz(frames: number, sent: () => number, one: () => Promise<unknown>): Promise<void> {
  const enough = sent() + frames
  const worker = async () => {
    while (sent() < enough) await one()
  }
  await Promise.all(Array.from({ length: STREAMS_AT_ONCE }, worker))
}

/** Measures what stays in memory after the garbage is gone. Fails above 50 MB. */
export async function expectNoGrowth(what: string, run: () => Promise<void>): Promise<void> {
  // The first frames fill caches and compile code.
  const before = await memory()
  const startedAtMs = performance.now()
  await run()
  const seconds = (performance.now() - startedAtMs) / 1_000
  const grown = (await memory()) - before
  console.log(`${what}: ${FUZZ_FRAMES} frames in ${seconds.toFixed(1)} s, ${(grown / 2 ** 20).toFixed(1)} MiB grown`)
  expect(grown).toBeLessThan(MAX_GROWTH_BYTES)
}

/** Bytes that are held once garbage is collected. */
export async function memory(): Promise<number> {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  for (let round = 0; round < 3; round++) {
    collectGarbage()
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
