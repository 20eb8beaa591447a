import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { timeLimit, toP2paiError } from '../../../src/interface/index.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Resolves once the signal has fired, and the turn is over in which weak references are held. */
async function fired(signal: AbortSignal): Promise<void> {
  await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
  await new Promise(setImmediate)
}

test('a time limit fires with a time-out', async () => {
  const limit = timeLimit(1)
  await fired(limit)
  expect(toP2paiError(limit.reason)).toMatchObject({ code: 'deadline_exceeded' })
})

test('a time limit longer than timers can wait does not fire at once', async () => {
  const limit = timeLimit(2 ** 40)
  await fired(timeLimit(5))
  expect(limit.aborted).toBe(false)
})

test('what was made of a time limit is let go when the time is over, whoever made more of it', async () => {
  const stop = new AbortController()
  const made = () => {
    const within = AbortSignal.any([stop.signal, timeLimit(1)])
    AbortSignal.any([stop.signal, within])
    return new WeakRef(within)
  }
  const within = made()
  await fired(timeLimit(5))
  collectGarbage()
  expect(within.deref()).toBeUndefined()
})
