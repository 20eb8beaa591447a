import { expect, it } from 'vitest'
import { addressPrefix } from '../../../src/routing/address-prefix.ts'
import { isPublicPrefix } from '../../../src/routing/prefix-limit.ts'

it.each([
  ['/ip4/203.0.113.7/tcp/1', '203.0.113'],
  ['/ip6/::ffff:203.0.113.7/tcp/1', '203.0.113'],
  ['/ip6/::ffff:cb00:7107/tcp/1', '203.0.113'],
  ['/ip6/2001:db8:1:2::1/tcp/1', '2001:db8:1'],
  ['/ip6/2001:0db8:0001::1/tcp/1', '2001:db8:1']
])('%s is in the network %s, however it is written', (address, prefix) => {
  expect(addressPrefix([address])).toBe(prefix)
  expect(isPublicPrefix(prefix)).toBe(true)
})

it.each(['/ip6/::1/tcp/1', '/ip6/::ffff:127.0.0.1/tcp/1', '/ip6/fe80::1/tcp/1', '/dns4/example.org/tcp/1'])(
  '%s is in no network in which addresses cost something',
  address => {
    expect(isPublicPrefix(addressPrefix([address]))).toBe(false)
  }
)
