/**
 * The network that a peer's first address with an IP is in: /24 for IPv4, also where it is written as IPv6, /48 for
 * IPv6, `none` without an IP. A peer may lie about it; it bounds how much room one machine takes, nothing more.
 */
export function addressPrefix(addresses: readonly string[]): string {
  for (const address of addresses) {
    const [, kind, value = ''] = address.split('/')
    if (kind === 'ip4') return value.split('.').slice(0, 3).join('.')
    if (kind !== 'ip6') continue
    const groups = expandIpv6(value)
    return mappedIpv4(groups) ?? groups.slice(0, 3).join(':')
  }
  return 'none'
}

/** All eight groups, without leading zeros, so that an address has one form. */
function expandIpv6(value: string): string[] {
  const [head = '', tail = ''] = value.split('::', 2)
  const left = groupsOf(head)
  const right = groupsOf(tail)
  return [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right]
}

function groupsOf(text: string): string[] {
  const groups = text === '' ? [] : text.split(':')
  return groups.flatMap(group => {
    const bytes = group.split('.').map(Number)
    if (bytes.length !== 4) return [hex(Number.parseInt(group, 16))]
    return [hex(256 * bytes[0]! + bytes[1]!), hex(256 * bytes[2]! + bytes[3]!)]
  })
}

/** The /24 of `::ffff:192.0.2.1`, as a socket for both kinds of address has it. */
function mappedIpv4(groups: readonly string[]): string | undefined {
  if (groups.slice(0, 5).some(group => group !== '0') || groups[5] !== 'ffff') return undefined
  const [high, low] = [Number.parseInt(groups[6]!, 16), Number.parseInt(groups[7]!, 16)]
  return [high >> 8, high & 255, low >> 8].join('.')
}

function hex(value: number): string {
  return value.toString(16)
}
