import { BlockList } from 'node:net'

/** Addresses of one advert that are dialled. */
const MAX_DIALLED = 4

/** How far an address reaches. `none` has no use for anybody. */
type Reach = 'public' | 'private' | 'link-local' | 'loopback' | 'none'

const RANGES: [Reach, BlockList][] = [
  // An unspecified address is dialled as loopback.
  ['loopback', blockList(['127.0.0.0/8', '0.0.0.0/8'], ['::1/128', '::/128'])],
  ['link-local', blockList(['169.254.0.0/16'], ['fe80::/10'])],
  ['none', blockList(['224.0.0.0/4', '240.0.0.0/4'], ['ff00::/8'])],
  // With the addresses of carriers and overlays, and IPv6 that leads to any IPv4.
  [
    'private',
    blockList(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'], ['fc00::/7', '64:ff9b::/96'])
  ]
]

/** Where this node is. */
export interface OwnReach {
  /** Multiaddrs that it listens on. */
  listens: readonly string[]
  /** Multiaddrs that it has dialled and is connected over. */
  connected: readonly string[]
}

/**
 * Of the addresses that a peer says are its own, those that may be dialled: a stranger must not make this node knock
 * at its own ports or at its neighbours'. Private and link-local ones only where this node has such an address itself,
 * loopback only when it is on nothing else or is connected over it; four at most.
 */
export function dialableAddresses(addresses: readonly string[], own: OwnReach): string[] {
  const allowed = reachesOf(own)
  return addresses.filter(address => allowed.has(reachOf(address))).slice(0, MAX_DIALLED)
}

/**
 * Whether one address that a peer gave may be dialled, by the rule of `dialableAddresses`. `isNeighbour`: the peer was
 * heard of on the local network, so its addresses there are where it is; this machine itself is never meant.
 */
export function isDialable(address: string, own: OwnReach, isNeighbour = false): boolean {
  const reach = reachOf(address)
  return reachesOf(own).has(reach) || (isNeighbour && (reach === 'private' || reach === 'link-local'))
}

function reachesOf(own: OwnReach): Set<Reach> {
  const allowed = new Set<Reach>(['public'])
  const all = [...own.listens, ...own.connected]
  for (const reach of ['private', 'link-local'] as const) {
    if (all.some(address => reachOf(address) === reach)) allowed.add(reach)
  }
  // A node that listens on all its interfaces listens on loopback too, and means nothing by it.
  if (all.every(isLoopback) || own.connected.some(isLoopback)) allowed.add('loopback')
  return allowed
}

function isLoopback(address: string): boolean {
  return reachOf(address) === 'loopback'
}

/** The nearest part counts: an address may lead through a public one to a private one. */
function reachOf(address: string): Reach {
  const parts = address.split('/')
  const reaches: Reach[] = []
  for (const [index, part] of parts.entries()) {
    const value = parts[index + 1] ?? ''
    if (part === 'ip4') reaches.push(reachOfIp(value, 'ipv4'))
    if (part === 'ip6') reaches.push(reachOfIp(value, 'ipv6'))
    if (/^dns(4|6|addr)?$/.test(part)) reaches.push(reachOfName(value))
  }
  return (
    (['none', 'loopback', 'link-local', 'private', 'public'] as const).find(reach => reaches.includes(reach)) ?? 'none'
  )
}

function reachOfIp(value: string, family: 'ipv4' | 'ipv6'): Reach {
  return RANGES.find(([, range]) => range.check(value, family))?.[0] ?? 'public'
}

/** Names are taken as public, except those that never are. */
function reachOfName(name: string): Reach {
  const text = name.toLowerCase().replace(/\.$/, '')
  if (text === 'localhost' || text.endsWith('.localhost')) return 'loopback'
  if (text.endsWith('.local')) return 'link-local'
  return text.endsWith('.internal') || text.endsWith('.home.arpa') || !text.includes('.') ? 'private' : 'public'
}

function blockList(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList()
  const add = (subnet: string, family: 'ipv4' | 'ipv6') => {
    const [network = '', bits = ''] = subnet.split('/')
    list.addSubnet(network, Number(bits), family)
  }
  for (const subnet of ipv4) add(subnet, 'ipv4')
  for (const subnet of ipv6) add(subnet, 'ipv6')
  return list
}
