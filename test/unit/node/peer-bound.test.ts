import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { Key } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import { expect, onTestFinished, test } from 'vitest'
import { boundRecords } from '../../../src/node/bounded-records.ts'
import { MemoryStore } from '../../../src/node/memory-store.ts'
import { boundPeers } from '../../../src/node/peer-bound.ts'

const MAX_PEERS = 10

async function strangers(count: number): Promise<PeerId[]> {
  const keys = await Promise.all(Array.from({ length: count }, async () => await generateKeyPair('Ed25519')))
  return keys.map(peerIdFromPrivateKey)
}

/** A libp2p that was never started, with the real peer store, and some peers that count as connected. */
async function bounded(datastore: MemoryStore, connected: readonly PeerId[] = []) {
  const libp2p = await createLibp2p({ datastore, start: false })
  onTestFinished(async () => await libp2p.stop())
  const errors: unknown[] = []
  const isConnected = (peerId?: PeerId) => connected.some(other => peerId !== undefined && other.equals(peerId))
  const seen = {
    peerId: libp2p.peerId,
    peerStore: libp2p.peerStore,
    addEventListener: libp2p.addEventListener.bind(libp2p),
    getConnections: (peerId?: PeerId) => (isConnected(peerId) ? [{}] : []) as ReturnType<typeof libp2p.getConnections>
  }
  await boundPeers({ libp2p: seen, datastore, maxPeers: MAX_PEERS, onError: error => errors.push(error) })
  const heardOf = async (peerId: PeerId, port = 1) =>
    await libp2p.peerStore.merge(peerId, { multiaddrs: [multiaddr(`/ip4/192.0.2.1/tcp/${port}`)] })
  const kept = async () => (await libp2p.peerStore.all()).map(({ id }) => id.toString())
  return { libp2p, heardOf, kept, errors }
}

test('of a flood of peers the newest are kept, and whoever is connected', async () => {
  const [friend, ...flood] = await strangers(40)
  const { libp2p, heardOf, kept, errors } = await bounded(new MemoryStore(), [friend!])
  await libp2p.peerStore.merge(libp2p.peerId, { protocols: ['/test/1'] })
  await heardOf(friend!)
  for (const peerId of flood) await heardOf(peerId)
  await expect.poll(async () => (await kept()).length).toBe(MAX_PEERS)
  expect(await kept()).toContain(friend!.toString())
  expect(await kept()).toContain(flood.at(-1)!.toString())
  expect(await libp2p.peerStore.get(libp2p.peerId)).toMatchObject({ protocols: ['/test/1'] })
  expect(errors).toEqual([])
})

test('who has a tag goes after all others, the oldest first', async () => {
  const [first, second, ...flood] = await strangers(MAX_PEERS + 2)
  const { libp2p, heardOf, kept } = await bounded(new MemoryStore())
  const tag = async (peerId: PeerId) => await libp2p.peerStore.merge(peerId, { tags: { 'kad-peer': { value: 1 } } })
  await tag(first!)
  await tag(second!)
  for (const peerId of flood) await heardOf(peerId)
  await expect.poll(async () => (await kept()).length).toBe(MAX_PEERS)
  expect(await kept()).toEqual(expect.arrayContaining([first!.toString(), second!.toString()]))
  for (const peerId of await strangers(MAX_PEERS)) await tag(peerId)
  await expect.poll(async () => (await kept()).length).toBe(MAX_PEERS)
  expect(await kept()).not.toContain(first!.toString())
})

test('the DHT does not give out the record of a peer that was forgotten: it would fail for all others of the key', async () => {
  const store = boundRecords(new MemoryStore())
  const [known, forgotten] = await strangers(2)
  const libp2p = await createLibp2p({ datastore: store, start: false })
  onTestFinished(async () => await libp2p.stop())
  await libp2p.peerStore.merge(known!, { multiaddrs: [multiaddr('/ip4/192.0.2.1/tcp/1')] })
  const records = [known, forgotten].map(peerId => new Key(`/dht/provider/cid/${peerId}`))
  for (const record of records) await store.put(record, Uint8Array.of(1))
  const given: string[] = []
  for await (const { key } of store.query({ prefix: '/dht/provider/cid' })) given.push(key.name())
  expect(given).toEqual([known!.toString()])
})

test('what an earlier run left counts too', async () => {
  const datastore = new MemoryStore()
  const earlier = await createLibp2p({ datastore, start: false })
  for (const peerId of await strangers(25)) {
    await earlier.peerStore.merge(peerId, { multiaddrs: [multiaddr('/ip4/192.0.2.1/tcp/1')] })
  }
  await earlier.stop()
  const { kept, errors } = await bounded(datastore)
  await expect.poll(async () => (await kept()).length).toBe(MAX_PEERS)
  expect(errors).toEqual([])
})
