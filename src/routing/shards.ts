import { sha256 } from 'multiformats/hashes/sha2'

/** Providers of one key that still stand all together: `routing.md` 3.2. */
const SHARDED_ABOVE = 300
/** Providers that a shard shall hold, as a share of that; with rounding it holds 141 to 283 of 200. */
const SHARD_SHARE = 2 / 3
/** Nobody knows the number exactly: within this factor of a change records stand at both depths. */
const UNSURE = 1.25
/** 65,536 shards: 13 million providers. */
const MAX_BITS = 16
const DAY_MS = 86_400_000

/**
 * Into how many bits of shards the providers of one key are parted: 0 up to `above` providers, then so many that a
 * shard holds about two thirds of `above`.
 */
export function shardBits(providers: number, above = SHARDED_ABOVE): number {
  if (providers <= above) return 0
  return Math.min(MAX_BITS, Math.max(1, Math.round(Math.log2(providers / (SHARD_SHARE * above)))))
}

/** The depths at which a provider stands: two of them while the number is near a change. */
export function shardDepths(providers: number, above = SHARDED_ABOVE): number[] {
  return [...new Set([shardBits(providers / UNSURE, above), shardBits(providers * UNSURE, above)])]
}

/** Days since 1970, UTC: a peer is in another shard each day, so that nobody keeps one that it likes. */
export function dayOf(wallMs: number): number {
  return Math.floor(wallMs / DAY_MS)
}

/** Where a peer stands on one day. */
export interface ShardPlace {
  /** Its shard of 2^bits: the first bits of sha256(peer id + `/` + day). */
  shard(bits: number): number
  /** Whether it stays under the key without a shard as well: the last `bits` of the same hash are 0. */
  isInEntry(bits: number): boolean
}

/** Computes it. */
export async function shardPlace(peerId: string, day: number): Promise<ShardPlace> {
  const { digest } = await sha256.digest(new TextEncoder().encode(`${peerId}/${day}`))
  const first = (digest[0]! << 8) | digest[1]!
  const last = (digest.at(-2)! << 8) | digest.at(-1)!
  return {
    shard: bits => first >>> (MAX_BITS - bits),
    isInEntry: bits => (last & ((1 << bits) - 1)) === 0
  }
}

/** The key of one shard. */
export function shardKey(key: string, bits: number, shard: number): string {
  return `shard/${bits}/${shard}/${key}`
}

/**
 * Under which keys a provider stands for one key: the key itself while there are few. Above, its shard of the day, and
 * for one peer in as many as there are shards the key itself, as an entry for those who know nothing yet.
 */
export function providerKeys(key: string, providers: number, place: ShardPlace, above?: number): string[] {
  const depths = shardDepths(providers, above)
  const entry = place.isInEntry(depths[0]!) ? [key] : []
  return [...entry, ...depths.filter(bits => bits > 0).map(bits => shardKey(key, bits, place.shard(bits)))]
}

/** One key to read, and which shard of it that is; without bits it is the key itself. */
export interface ReadKey {
  key: string
  bits: number
  shard: number
}

/** What to read for a key: the key itself, and two shards drawn at random where providers are parted. */
export function readerKeys(key: string, providers: number, random: () => number, above?: number): ReadKey[] {
  const bits = shardBits(providers, above)
  const whole = { key, bits: 0, shard: 0 }
  if (bits === 0) return [whole]
  const first = Math.floor(random() * 2 ** bits)
  const second = (first + 1 + Math.floor(random() * (2 ** bits - 1))) % 2 ** bits
  return [whole, ...[first, second].map(shard => ({ key: shardKey(key, bits, shard), bits, shard }))]
}

/** Whether a peer has a place in this shard: today, or yesterday, since records outlive midnight. */
export async function belongsToShard(peerId: string, bits: number, shard: number, today: number): Promise<boolean> {
  for (const day of [today, today - 1]) if ((await shardPlace(peerId, day)).shard(bits) === shard) return true
  return false
}
