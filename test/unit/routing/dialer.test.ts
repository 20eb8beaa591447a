import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { describe, expect, it } from 'vitest'
import { Dialer } from '../../../src/node/dial.ts'

const PUBLIC = '/ip4/203.0.113.7/tcp/4001'
const ADVERTISED = ['/ip4/127.0.0.1/tcp/22', '/ip4/192.168.1.1/tcp/80', PUBLIC]

/** What is dialled for a peer that advertises all kinds of addresses, by a node that is connected this way. */
async function dialled(direction: 'inbound' | 'outbound', remote: string): Promise<string[]> {
  const peer = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString()
  const dials: string[] = []
  const connection = { direction, status: 'open', remoteAddr: multiaddr(remote) }
  const libp2p = {
    getConnections: (to?: unknown) => (to === undefined ? [connection] : []),
    addEventListener: () => undefined,
    getMultiaddrs: () => [multiaddr('/ip4/127.0.0.1/tcp/1'), multiaddr('/ip4/203.0.113.1/tcp/1')],
    dial: async (addresses: unknown[]) => void dials.push(...addresses.map(String))
  } as unknown as Libp2p
  await new Dialer(libp2p, () => ADVERTISED).connect(peer, new AbortController().signal)
  return dials.map(address => address.replace(`/p2p/${peer}`, ''))
}

describe('the dialler', () => {
  it('knocks at no port of this machine or its network because a stranger says so', async () => {
    expect(await dialled('outbound', PUBLIC)).toEqual([PUBLIC])
  })

  it('takes a connection that came in over loopback for no leave to dial there: it may come from a proxy', async () => {
    expect(await dialled('inbound', '/ip4/127.0.0.1/tcp/9')).toEqual([PUBLIC])
    expect(await dialled('outbound', '/ip4/127.0.0.1/tcp/9')).toEqual([ADVERTISED[0], PUBLIC])
    expect(await dialled('outbound', '/ip4/10.0.0.9/tcp/9')).toEqual([ADVERTISED[1], PUBLIC])
  })
})
