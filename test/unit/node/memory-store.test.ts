import { Key } from 'interface-datastore'
import { expect, test } from 'vitest'
import { MemoryStore } from '../../../src/node/memory-store.ts'

test('what is kept holds no more memory than it has bytes', () => {
  const store = new MemoryStore()
  const pool = new Uint8Array(65_536).fill(7)
  const key = new Key('/peers/one')
  store.put(key, pool.subarray(100, 103))
  const kept = store.get(key) as Uint8Array
  expect([...kept]).toEqual([7, 7, 7])
  expect(kept.buffer.byteLength).toBe(3)
})
