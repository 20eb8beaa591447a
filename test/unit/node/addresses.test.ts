import { expect, test } from 'vitest'
import { advertisedAddresses, sortForOthers } from '../../../src/node/addresses.ts'

const loopback = '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWQ'
const home = '/ip4/192.168.7.2/tcp/1/p2p/12D3KooWQ'
const named = '/dns4/example.org/tcp/1/p2p/12D3KooWQ'
const world = '/ip6/2001:db8::1/tcp/1/p2p/12D3KooWQ'

test('addresses that others can use come first', () => {
  expect(sortForOthers([loopback, home, named, world])).toEqual([named, world, home, loopback])
})

test('loopback is advertised only where there is nothing else', () => {
  expect(advertisedAddresses([loopback, home])).toEqual(['/ip4/192.168.7.2/tcp/1'])
  expect(advertisedAddresses([loopback])).toEqual(['/ip4/127.0.0.1/tcp/1'])
  expect(advertisedAddresses(['/ip6/::1/tcp/1', '/ip6/fe80::1/tcp/1'])).toEqual(['/ip6/fe80::1/tcp/1'])
})
