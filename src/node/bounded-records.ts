import { peerIdFromString } from '@libp2p/peer-id'
import { type Datastore, Key } from 'interface-datastore'
import { BusyError } from '../interface/index.ts'

/** Provider records of the DHT that one peer may leave here: a key for each name and shard of 32 models, and room. */
const MAX_PER_PROVIDER = 512
/** And all peers together: about 150 bytes each on disk, so 15 MB; in memory three times that. */
const MAX_RECORDS = 100_000
const PROVIDERS = '/dht/provider/'
const VALUES = '/dht/record/'
/** Where libp2p keeps what it knows of peers. */
export const PEERS = '/peers/'

/** Bounds of `boundRecords`, as tests set them. */
export interface RecordBounds {
  perProvider?: number
  all?: number
}

/**
 * Keeps strangers from filling the disk, or memory, through the DHT, which by itself takes whatever it is sent: so many
 * provider records of one peer, so many of all, and no values, of which p2pai has none. Who sends more gets its stream
 * reset. A record whose peer was forgotten is not given out: the DHT would fail to answer for all others beside it.
 */
export function boundRecords(
  store: Datastore,
  { perProvider = MAX_PER_PROVIDER, all = MAX_RECORDS }: RecordBounds = {}
): Datastore {
  const put = store.put.bind(store)
  const remove = store.delete.bind(store)
  const counts = new Map<string, number>()
  let total = 0
  let counted: Promise<void> | undefined

  const count = (key: Key, change: number) => {
    const provider = key.name()
    const left = (counts.get(provider) ?? 0) + change
    if (left > 0) counts.set(provider, left)
    else counts.delete(provider)
    total += change
  }
  /** What an earlier run left. */
  const countStored = async () => {
    for await (const key of store.queryKeys({ prefix: PROVIDERS })) count(key, 1)
  }

  store.put = async (key, value, options) => {
    const name = key.toString()
    if (name.startsWith(VALUES)) throw new BusyError('this node keeps no values in the DHT')
    if (!name.startsWith(PROVIDERS)) return await put(key, value, options)
    counted ??= countStored()
    await counted
    if (await store.has(key)) return await put(key, value, options)
    if (total >= all || (counts.get(key.name()) ?? 0) >= perProvider) {
      throw new BusyError('there is no room for more records in the DHT')
    }
    count(key, 1)
    return await put(key, value, options)
  }
  store.delete = async (key, options) => {
    if (counted !== undefined && key.toString().startsWith(PROVIDERS) && (await store.has(key))) count(key, -1)
    await remove(key, options)
  }
  const query = store.query.bind(store)
  store.query = async function* (asked, options) {
    const isOfProviders = asked.prefix?.startsWith(PROVIDERS) === true
    for await (const pair of query(asked, options)) {
      if (!isOfProviders || (await store.has(peerKey(pair.key)))) yield pair
    }
  }
  return store
}

/** Where the peer of a provider record is kept, if it is. */
function peerKey(record: Key): Key {
  return new Key(`${PEERS}${peerIdFromString(record.name()).toCID()}`)
}
