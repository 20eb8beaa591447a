/** Protocol id of the request for the adverts that a peer knows. */
export const CAPABILITIES_PROTOCOL = '/p2p-ai/capabilities/1.0'
/** Gossip topic of new adverts. */
export const ADVERT_TOPIC = '/p2p-ai/adverts/1'
/** Domain of the signature, so that no other signed record can pass for an advert. */
export const ADVERT_DOMAIN = 'p2p-ai-advert'
/** Payload type inside the envelope. */
export const ADVERT_CODEC = new TextEncoder().encode('/p2p-ai/advert/1')

/** A sealed advert at most; about 30 models. */
export const MAX_ADVERT_BYTES = 4 << 10
export const MAX_ADVERT_MODELS = 32
export const MAX_ADVERT_ADDRESSES = 4
/** The owner's name for a node, in UTF-16 units. */
export const MAX_LABEL_LENGTH = 64
/** Adverts that one request may bring. */
export const MAX_ADVERTS_PER_SET = 2_000

/** Shortest time between two adverts of a peer; goodbyes are exempt. */
export const MIN_GAP_MS = 5_000
/** Shortest cadence. */
export const MIN_CADENCE_MS = 20_000
/** Gossip traffic that a node may have from all adverts together: 8 kB/s, each advert arriving or announced from about 7 peers. */
const TRAFFIC_BYTES_PER_SECOND = 8_000
const GOSSIP_COPIES = 7
/** What gossip puts around an advert, with its share of framing, encryption and announcements: measured by `bench/control-traffic.ts`. */
const GOSSIP_OVERHEAD_BYTES = 200
/** Longest an advert is believed. */
export const MAX_TTL_MS = 300_000
/** How often a provider advertises, so that all adverts together stay within the traffic bound. */
export function cadenceMs(providers: number, advertBytes: number): number {
  const messageBytes = advertBytes + GOSSIP_OVERHEAD_BYTES
  return Math.max(MIN_CADENCE_MS, (providers * messageBytes * GOSSIP_COPIES * 1_000) / TRAFFIC_BYTES_PER_SECOND)
}

/** An advert outlives two lost ones. */
export function ttlMs(cadence: number): number {
  return Math.min(MAX_TTL_MS, Math.round(3 * cadence))
}
