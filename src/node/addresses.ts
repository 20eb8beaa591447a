import { BlockList } from 'node:net'

const PRIVATE = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16]
] as const) {
  PRIVATE.addSubnet(network, bits, 'ipv4')
}
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** Addresses that others can use come first: public and named ones, then private ones, then loopback. */
export function sortForOthers(addresses: readonly string[]): string[] {
  return [...addresses].sort((a, b) => reach(a) - reach(b))
}

/** What to advertise: without the peer id, and without loopback where there is anything else. */
export function advertisedAddresses(addresses: readonly string[]): string[] {
  const plain = sortForOthers(addresses).map(address => address.replace(/\/p2p\/[^/]+$/, ''))
  const reachable = plain.filter(address => reach(address) < 2)
  return reachable.length > 0 ? reachable : plain
}

/** 0 for public addresses and names, 1 for private ones, 2 for loopback. */
export function reach(address: string): number {
  const [, kind, value = ''] = address.split('/')
  if (kind !== 'ip4' && kind !== 'ip6') return 0
  const family = kind === 'ip4' ? 'ipv4' : 'ipv6'
  if (LOOPBACK.check(value, family)) return 2
  return PRIVATE.check(value, family) ? 1 : 0
}
