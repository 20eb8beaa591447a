import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromMultihash, peerIdFromPrivateKey } from '@libp2p/peer-id'
import * as Digest from 'multiformats/hashes/digest'
import { expect, test } from 'vitest'
import { inOwnMemory } from '../../../src/node/own-memory.ts'

test('a peer that is kept holds no more memory than its id has bytes', async () => {
  const { bytes } = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toMultihash()
  const pool = new Uint8Array(65_536)
  pool.set(bytes, 100)
  const id = peerIdFromMultihash(Digest.decode(pool.subarray(100, 100 + bytes.byteLength)))
  const { id: kept, multiaddrs } = inOwnMemory({ id, multiaddrs: [] })
  expect(kept.equals(id)).toBe(true)
  expect(multiaddrs).toEqual([])
  expect(kept.toMultihash().digest.buffer.byteLength).toBe(bytes.byteLength)
  expect(kept.publicKey?.raw.buffer.byteLength).toBeLessThan(100)
})
