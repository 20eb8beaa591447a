import { expect, test } from 'vitest'
import { SharedWork } from '../../../src/inference/models/shared-work.ts'

test('all who ask share one work and its progress; the next one starts anew', async () => {
  const work = new SharedWork<number, string>()
  const heard: string[] = []
  let started = 0
  const start = async (tell: (progress: string) => void) => {
    started++
    await Promise.resolve()
    tell('half')
    return started
  }
  const both = [1, 2].map(id => work.run('key', start, { onProgress: progress => heard.push(`${id} ${progress}`) }))
  expect(await Promise.all(both)).toEqual([1, 1])
  expect(heard).toEqual(['1 half', '2 half'])
  expect(await work.run('key', start)).toBe(2)
})

test('the work ends when the last one has left, and is not joined after that', async () => {
  const work = new SharedWork<string, never>()
  const signals: AbortSignal[] = []
  const start = (_: unknown, signal: AbortSignal) => {
    signals.push(signal)
    return new Promise<string>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  const [one, two] = [new AbortController(), new AbortController()]
  const pulls = [one, two].map(({ signal }) => work.run('key', start, { signal }))
  const settled = Promise.allSettled(pulls)
  one.abort()
  expect(signals.map(signal => signal.aborted)).toEqual([false])
  two.abort()
  expect(signals.map(signal => signal.aborted)).toEqual([true])
  for (const result of await settled) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } })
  const again = new AbortController()
  const next = work.run('key', start, { signal: again.signal })
  expect(signals.length).toBe(2)
  again.abort()
  await expect(next).rejects.toMatchObject({ code: 'aborted' })
})

test('what the work fails with reaches all', async () => {
  const work = new SharedWork<never, never>()
  const start = async () => {
    throw new RangeError('no')
  }
  const both = await Promise.allSettled([work.run('key', start), work.run('key', start)])
  for (const result of both) expect(result).toMatchObject({ status: 'rejected', reason: { message: 'no' } })
})
