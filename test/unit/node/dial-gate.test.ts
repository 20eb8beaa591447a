import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import { describe, expect, it } from 'vitest'
import { DialGate } from '../../../src/node/dial-gate.ts'

const PUBLIC = '/ip4/203.0.113.7/tcp/4001'
const PRIVATE = '/ip4/10.0.0.1/tcp/22'
const LINK_LOCAL = '/ip4/169.254.169.254/tcp/80'
const LOOPBACK = '/ip4/127.0.0.1/tcp/22'

function gateOf(
  listens: string[],
  connected: string[] = [],
  direction: 'inbound' | 'outbound' = 'outbound',
  neighbours: string[] = []
): DialGate {
  const gate = new DialGate(new Set(neighbours))
  gate.attach({
    getMultiaddrs: () => listens.map(address => multiaddr(address)),
    getConnections: () => connected.map(address => ({ direction, remoteAddr: multiaddr(address) }))
  } as unknown as Pick<Libp2p, 'getMultiaddrs' | 'getConnections'>)
  return gate
}

const denied = (gate: DialGate, ...addresses: (string | Multiaddr)[]) =>
  addresses.map(String).filter(address => gate.denyDialMultiaddr(multiaddr(address)))

describe('T27: the gate of dials', () => {
  it('refuses on a public node what leads to its own machine, network or metadata service', () => {
    const gate = gateOf([PUBLIC, '/ip4/127.0.0.1/tcp/4001'], [PUBLIC])
    expect(denied(gate, PUBLIC, PRIVATE, LINK_LOCAL, LOOPBACK)).toEqual([PRIVATE, LINK_LOCAL, LOOPBACK])
  })

  it('lets a node in a private network dial there, and one on loopback alone dial loopback', () => {
    expect(denied(gateOf(['/ip4/192.168.1.9/tcp/1']), PUBLIC, PRIVATE, LOOPBACK)).toEqual([LOOPBACK])
    expect(denied(gateOf(['/ip4/127.0.0.1/tcp/1']), PUBLIC, PRIVATE, LOOPBACK)).toEqual([PRIVATE])
  })

  it('takes no connection that came in for leave', () => {
    expect(denied(gateOf([PUBLIC], [LOOPBACK], 'inbound'), LOOPBACK)).toEqual([LOOPBACK])
    expect(denied(gateOf([PUBLIC], [LOOPBACK], 'outbound'), LOOPBACK)).toEqual([])
  })

  it('lets a peer that was heard of on the local network be dialled there, and never on this machine', async () => {
    const [heard, other] = await Promise.all(
      [0, 1].map(async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519')))
    )
    const gate = gateOf([], [PUBLIC], 'outbound', [String(heard)])
    const theirs = [PRIVATE, LINK_LOCAL, LOOPBACK].map(address => `${address}/p2p/${heard}`)
    expect(denied(gate, ...theirs, `${PRIVATE}/p2p/${other}`)).toEqual([theirs[2], `${PRIVATE}/p2p/${other}`])
  })

  it('lets pass what the user named, of that peer alone and only while it is dialled', async () => {
    const gate = gateOf([PUBLIC], [PUBLIC])
    const [named, other] = await Promise.all(
      [0, 1].map(async () => peerIdFromPrivateKey(await generateKeyPair('Ed25519')))
    )
    const mine = `${PRIVATE}/p2p/${named}`
    const theirs = `${PRIVATE}/p2p/${other}`
    await gate.named([named!], async () => {
      await gate.named([named!], async () => undefined)
      expect(denied(gate, mine, theirs)).toEqual([theirs])
    })
    expect(denied(gate, mine, theirs)).toEqual([mine, theirs])
    await expect(gate.named([named!], async () => await Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(denied(gate, mine)).toEqual([mine])
  })
})
