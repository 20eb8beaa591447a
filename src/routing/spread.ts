import { addressPrefix } from './address-prefix.ts'
import { isPublicPrefix } from './prefix-limit.ts'

/** Peers of one public /24 or /48 in a sample: `routing.md` 3.2. */
const MAX_PER_PREFIX = 2
/** Share of a sample that one relay may stand for. */
const MAX_SHARE_PER_RELAY = 0.2

/** Keeps a sample of peers apart: keys cost nothing, so nobody may fill a sample from one network or over one relay. */
export class Spread {
  readonly #maxPerRelay: number
  readonly #counts = new Map<string, number>()

  /** `size`: how many the sample shall have. */
  constructor(size: number) {
    this.#maxPerRelay = Math.max(1, Math.floor(size * MAX_SHARE_PER_RELAY))
  }

  /** Whether a peer with these addresses still fits in, which counts it. `prefix`: where it was seen, if it was. */
  takes(addresses: readonly string[], prefix = addressPrefix(addresses)): boolean {
    const relay = relayOf(addresses)
    // Over a relay the address is the relay's, so its network says nothing of the peer.
    if (relay !== undefined) return this.#count(`relay ${relay}`, this.#maxPerRelay)
    return !isPublicPrefix(prefix) || this.#count(prefix, MAX_PER_PREFIX)
  }

  #count(group: string, limit: number): boolean {
    const count = (this.#counts.get(group) ?? 0) + 1
    if (count > limit) return false
    this.#counts.set(group, count)
    return true
  }
}

/** The relay of a peer that is reached over relays alone; of several the first. */
function relayOf(addresses: readonly string[]): string | undefined {
  const relays = addresses.map(address => /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1])
  return relays.every(relay => relay !== undefined) ? relays[0] : undefined
}
