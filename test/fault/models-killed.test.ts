import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { rangeBytesFor } from '../../src/inference/models/ranges.ts'
import { finished, newHome, run, start } from '../e2e/command.ts'
import { environment, modelData, newFolder, sha256 } from '../unit/models/fixtures.ts'
import { HubServer } from '../unit/models/hub-server.ts'
import { randomFrom, seededRandom } from './support/random.ts'

const PROVE = process.env.P2PAI_PROVE === '1'
const KILLS = PROVE ? 20 : 5
const SIZE_BYTES = (24 << 20) + 123
const WANTED = 'hf:someone/large-GGUF:Q8_0'

/** Marks the stretches as sent; returns how many of their bytes were sent before. */
function markSent(seen: Uint8Array, stretches: { startByte: number; bytes: number }[]): number {
  let again = 0
  const before = seen.slice()
  for (const { startByte, bytes } of stretches) {
    for (let at = startByte; at < startByte + bytes; at++) {
      again += before[at]!
      seen[at] = 1
    }
  }
  return again
}

test(`case 38: a pull killed at ${KILLS} random moments ends with the right file, and repeats little`, async () => {
  const { next } = PROVE ? seededRandom('kills') : randomFrom(38)
  const data = modelData(SIZE_BYTES)
  const hub = await HubServer.start({ 'someone/large-GGUF/large-Q8_0.gguf': { data } })
  onTestFinished(() => hub.stop())
  // Slow enough that little is between the server and the disk: what is on the way counts as fetched.
  hub.faults = { pieceMs: 4 }
  const home = newHome()
  const env = environment(newFolder(), hub.endpoint)
  const seen = new Uint8Array(data.byteLength)
  const repeated: number[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    hub.sent.length = 0
    const child = start(home, ['models', 'pull', WANTED], env)
    const ended = finished(child)
    const die = (): void => void child.kill('SIGKILL')
    // Most die while bytes come, some before the first or whenever it happens to be.
    const timer = next() < 0.2 ? setTimeout(die, next() * 600) : undefined
    let leftBytes = next() * (SIZE_BYTES / KILLS)
    hub.onSent = bytes => {
      leftBytes -= bytes
      if (timer === undefined && leftBytes <= 0) die()
    }
    await ended
    clearTimeout(timer)
    repeated.push(markSent(seen, hub.sent))
  }
  hub.sent.length = 0
  const last = await run(home, ['models', 'pull', WANTED, '--json'], { env })
  expect(last).toMatchObject({ code: 0, err: '' })
  repeated.push(markSent(seen, hub.sent))
  const { model } = JSON.parse(last.out)
  expect(model.digest).toBe(sha256(data))
  expect(sha256(readFileSync(model.path))).toBe(sha256(data))
  expect(seen.every(byte => byte === 1)).toBe(true)
  const rangeBytes = rangeBytesFor(SIZE_BYTES, true)
  for (const bytes of repeated) expect(bytes).toBeLessThanOrEqual(rangeBytes)
  console.log(`fetched again after each kill, of a range of ${rangeBytes} bytes: ${repeated.slice(1).join(' ')}`)
})
