import { describe, expect, it } from 'vitest'
import { dialableAddresses, type OwnReach } from '../../../src/routing/dialable-addresses.ts'

const PUBLIC = '/ip4/203.0.113.7/tcp/4001'
const LOOPBACK = ['/ip4/127.0.0.1/tcp/22', '/ip6/::1/tcp/22', '/ip4/0.0.0.0/tcp/22', '/dns4/localhost/tcp/22']
const PRIVATE = [
  '/ip4/10.0.0.1/tcp/22',
  '/ip4/172.31.0.1/tcp/22',
  '/ip4/192.168.1.1/tcp/80',
  '/ip4/100.64.0.1/tcp/80',
  '/ip6/fd00::1/tcp/80',
  '/ip6/::ffff:10.0.0.1/tcp/80',
  '/ip6/64:ff9b::a00:1/tcp/80',
  '/dns4/router/tcp/80'
]
const LINK_LOCAL = ['/ip4/169.254.169.254/tcp/80', '/ip6zone/eth0/ip6/fe80::1/tcp/80', '/dns/printer.local/tcp/80']
const NEVER = ['/ip4/224.0.0.1/tcp/1', '/ip4/255.255.255.255/tcp/1', '/unix/tmp%2Fsocket', 'nonsense', '']
const OPEN = [
  '/ip4/8.8.8.8/tcp/1',
  '/ip6/2001:4860::8888/tcp/1',
  '/dns4/node.example.org/tcp/443/wss',
  '/ip4/172.32.0.1/tcp/1'
]

const everywhere: OwnReach = {
  listens: ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.9/tcp/1', '/ip6/fe80::9/tcp/1', PUBLIC],
  connected: ['/ip4/127.0.0.1/tcp/5']
}

/** What is advertised, where this node is, and whether it dials. */
const TABLE: [string, string[], OwnReach, boolean][] = [
  ['public ones, always', OPEN, { listens: [PUBLIC], connected: [] }, true],
  ['public ones, on loopback alone too', OPEN, { listens: ['/ip4/127.0.0.1/tcp/1'], connected: [] }, true],
  ['no loopback on a public node', LOOPBACK, { listens: [PUBLIC], connected: [] }, false],
  [
    'no loopback on a node that listens everywhere',
    LOOPBACK,
    { listens: ['/ip4/127.0.0.1/tcp/1', '/ip4/192.168.1.9/tcp/1'], connected: [PUBLIC] },
    false
  ],
  ['loopback on a node on loopback alone', LOOPBACK, { listens: ['/ip4/127.0.0.1/tcp/1'], connected: [] }, true],
  ['loopback for who dialled loopback', LOOPBACK, { listens: [], connected: ['/ip4/127.0.0.1/tcp/1'] }, true],
  ['no loopback for who dialled the world', LOOPBACK, { listens: [], connected: [PUBLIC] }, false],
  ['no private ones on a public node', PRIVATE, { listens: [PUBLIC], connected: [PUBLIC] }, false],
  ['no private ones on loopback', PRIVATE, { listens: ['/ip4/127.0.0.1/tcp/1'], connected: [] }, false],
  ['private ones on a private node', PRIVATE, { listens: ['/ip4/192.168.1.9/tcp/1'], connected: [] }, true],
  ['private ones for who dialled one', PRIVATE, { listens: [], connected: ['/ip4/10.1.2.3/tcp/1'] }, true],
  ['no link-local ones on a private node', LINK_LOCAL, { listens: ['/ip4/192.168.1.9/tcp/1'], connected: [] }, false],
  ['link-local ones on such a node', LINK_LOCAL, { listens: ['/ip6/fe80::9/tcp/1'], connected: [] }, true],
  ['nothing that leads nowhere', NEVER, everywhere, false],
  [
    'no private one behind a public one',
    [`${PUBLIC}/p2p/relay/ip4/10.0.0.1/tcp/22`],
    { listens: [PUBLIC], connected: [] },
    false
  ],
  ['a relay that is public', [`${PUBLIC}/p2p/relay/p2p-circuit`], { listens: [PUBLIC], connected: [] }, true]
]

describe('addresses that a stranger advertised', () => {
  it.each(TABLE)('dials %s', (_, addresses, own, expected) => {
    for (const address of addresses)
      expect(dialableAddresses([address], own), address).toEqual(expected ? [address] : [])
  })

  it('are dialled four at most, and those that may not be do not count', () => {
    const many = Array.from({ length: 9 }, (_, index) => `/ip4/203.0.113.${index}/tcp/1`)
    expect(dialableAddresses([...PRIVATE, ...many], { listens: [PUBLIC], connected: [] })).toEqual(many.slice(0, 4))
  })
})
