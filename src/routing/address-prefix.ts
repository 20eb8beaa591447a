/**
 * The network that a peer's first address with an IP is in: /24 for IPv4, /48 for IPv6, `none` without an IP.
 * A peer may lie about it; it bounds how much room one machine takes, nothing more.
 */
export function addressPrefix(addresses: readonly string[]): string {
  for (const address of addresses) {
    const [, kind, value = ''] = address.split('/')
    if (kind === 'ip4') return value.split('.').slice(0, 3).join('.')
    if (kind === 'ip6') return expandIpv6(value).slice(0, 3).join(':')
  }
  return 'none'
}

function expandIpv6(value: string): string[] {
  const [head = '', tail = ''] = value.split('::', 2)
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  return [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
}
