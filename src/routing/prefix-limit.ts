import type { Candidate } from '../interface/index.ts'

/** Most of the candidates that one network may be, as long as there are others: keys cost nothing, addresses do. */
const MAX_SHARE = 0.3
/** Networks behind which all peers are one owner's or unknown: nothing is learnt from sharing one. */
const NO_NETWORK =
  /^(none|10\.|127\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|f[cd]|fe80|0:0:0)/

/** Whether a prefix is of a network in which addresses cost something. */
export function isPublicPrefix(prefix: string): boolean {
  return !NO_NETWORK.test(prefix)
}

/** The candidates in their order, without those of a public network beyond its share. */
export function withinPrefixShare(candidates: readonly Candidate[], prefixOf: (peerId: string) => string): Candidate[] {
  const prefixes = candidates.map(({ advert }) => prefixOf(advert.peerId))
  const counts = new Map<string, number>()
  for (const prefix of prefixes) counts.set(prefix, (counts.get(prefix) ?? 0) + 1)
  const taken = new Map<string, number>()
  return candidates.filter((_, index) => {
    const prefix = prefixes[index]!
    if (!isPublicPrefix(prefix)) return true
    const others = candidates.length - counts.get(prefix)!
    const limit = others === 0 ? candidates.length : Math.max(1, Math.floor((MAX_SHARE / (1 - MAX_SHARE)) * others))
    const count = (taken.get(prefix) ?? 0) + 1
    taken.set(prefix, count)
    return count <= limit
  })
}
