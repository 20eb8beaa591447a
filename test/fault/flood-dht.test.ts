import { mkdtempSync, readdirSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LevelDatastore } from 'datastore-level'
import { Key } from 'interface-datastore'
import { CID } from 'multiformats/cid'
import * as raw from 'multiformats/codecs/raw'
import { sha256 } from 'multiformats/hashes/sha2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createNode } from '../../src/index.ts'
import { boundRecords } from '../../src/node/bounded-records.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { randomFrom } from './support/random.ts'
import { connect, LOOPBACK, openRaw, rawPeer } from './support/raw-peer.ts'

const KAD = '/p2p-ai/kad/1.0.0'
/** `npm run prove`: as many as the threat model says. */
const MESSAGES = process.env.P2PAI_PROVE === '1' ? 100_000 : 2_000
const STREAMS = 8
const MAX_DISK_BYTES = 64 << 20

/** A field of bytes; all of them are shorter than 128 here. */
const field = (number: number, bytes: Uint8Array) => [(number << 3) | 2, bytes.byteLength, ...bytes]

function home(): string {
  const path = mkdtempSync(join(tmpdir(), 'p2pai-flood-'))
  onTestFinished(async () => await rm(path, { recursive: true, force: true }))
  return path
}

function bytesOf(path: string): number {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

describe('floods of the DHT', () => {
  expectNoEscapedErrors()

  it('case 25: records of one peer are capped, values refused, and the node goes on answering', {
    timeout: 120_000 + MESSAGES * 5
  }, async () => {
    const path = home()
    await using node = await createNode({ home: path, listen: [LOOPBACK], mdns: false, engines: [scriptedEngine()] })
    await using flooder = await rawPeer()
    const connection = await connect(flooder, node)
    const random = randomFrom(25)
    const own = flooder.peerId.toMultihash().bytes
    const address = flooder.getMultiaddrs()[0]!.bytes
    const before = bytesOf(path)
    let resets = 0
    const flood = async (messages: number, message: () => Promise<number[]>) => {
      let left = messages
      const lanes = Array.from({ length: STREAMS }, async () => {
        while (left-- > 0) {
          const stream = await openRaw(connection, KAD)
          stream.addEventListener('message', () => undefined)
          const closed = new Promise<boolean>(resolve => {
            stream.addEventListener('close', event => resolve((event as { error?: Error }).error !== undefined), {
              once: true
            })
          })
          stream.send(withPrefix(Uint8Array.from(await message())))
          void stream.close().catch(() => undefined)
          if (await closed) resets++
        }
      })
      await Promise.all(lanes)
    }
    await flood(MESSAGES, async () => {
      const cid = CID.createV1(raw.code, await sha256.digest(random.bytes(16))).bytes
      const provider = [...field(1, own), ...field(2, address)]
      return [0x08, 2, ...field(2, cid), ...field(9, Uint8Array.from(provider))]
    })
    const added = resets
    await flood(MESSAGES, async () => {
      const key = random.bytes(20)
      return [
        0x08,
        0,
        ...field(2, key),
        ...field(3, Uint8Array.from([...field(1, key), ...field(2, random.bytes(30))]))
      ]
    })
    const grown = bytesOf(path) - before
    console.log(
      `case 25: of ${MESSAGES} records each way ${added} and ${resets - added} were refused; ${(grown / 1024).toFixed(0)} KiB more on disk`
    )
    expect(added).toBe(MESSAGES - 512)
    expect(resets - added).toBe(MESSAGES)
    expect(grown).toBeLessThan(MAX_DISK_BYTES)
    expect(await node.ask('Hi').text()).not.toBe('')
  })

  it('case 25: what is stored is bounded by peer and in all, over restarts, and makes room when it fades', async () => {
    const store = new LevelDatastore(join(home(), 'store'))
    await store.open()
    onTestFinished(async () => await store.close())
    const value = Uint8Array.of(1)
    const keyOf = (peer: string, cid: number) => new Key(`/dht/provider/cid${cid}/${peer}`)
    await store.put(keyOf('earlier', 0), value)
    const bounded = boundRecords(store, { perProvider: 2, all: 4 })
    await expect(bounded.put(new Key('/dht/record/x'), value)).rejects.toThrow('no values')
    await bounded.put(keyOf('a', 1), value)
    await bounded.put(keyOf('a', 2), value)
    await expect(bounded.put(keyOf('a', 3), value)).rejects.toThrow('no room')
    // Renewed as often as it likes.
    await bounded.put(keyOf('a', 2), value)
    await bounded.put(keyOf('b', 1), value)
    await expect(bounded.put(keyOf('c', 1), value)).rejects.toThrow('no room')
    await bounded.delete(keyOf('a', 1))
    await bounded.put(keyOf('c', 1), value)
    // What is no record of the DHT has no bound here.
    await bounded.put(new Key('/peers/x'), value)
    expect(await store.has(keyOf('c', 1))).toBe(true)
  })
})
