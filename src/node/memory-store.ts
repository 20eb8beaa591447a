import { MemoryDatastore } from 'datastore-core/memory'
import type { Key } from 'interface-datastore'

/**
 * What libp2p keeps of peers on a node without a home, or that lives for one question. Its encoders cut what they write out of a pool, 64 KiB at a time:
 * a record of 300 bytes that is kept for days would hold all of it, so a copy is kept.
 */
export class MemoryStore extends MemoryDatastore {
  override put(key: Key, value: Uint8Array, options?: Parameters<MemoryDatastore['put']>[2]): Key {
    return super.put(key, new Uint8Array(value), options) as Key
  }
}
