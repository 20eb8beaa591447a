import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import { type LineFaults, pump } from './line-pump.ts'
import { randomFrom } from './random.ts'
import { addressOf, type Dialled } from './raw-peer.ts'

/** A line over TCP to a peer, as bad as a test wants it. Faults may be changed while it is in use. */
export interface FaultProxy extends AsyncDisposable {
  /** To be dialled instead of the peer. */
  readonly address: string
  getMultiaddrs(): Multiaddr[]
  /** From those who dial to the peer. */
  up: LineFaults
  /** From the peer to those who dialled. */
  down: LineFaults
  /** Connections that the line has reset by itself, at a byte. */
  readonly resets: number
  /** Resets all connections and takes no more, as when the process behind it was killed: no word of libp2p. */
  cut(): void
  /** Takes connections again, at the same address. */
  mend(): Promise<void>
}

/** Faults of a line; whatever is not named works well. */
export interface FaultProxyInit {
  up?: LineFaults
  down?: LineFaults
  /** Of the jitter and of the slices. @default 32 */
  seed?: number
}

/** Lays a line to a peer that listens on TCP. */
export async function faultProxy(to: Dialled | string, init: FaultProxyInit = {}): Promise<FaultProxy> {
  const target = multiaddr(typeof to === 'string' ? to : addressOf(to)).getComponents()
  const partOf = (name: string) => target.find(part => part.name === name)?.value
  const random = randomFrom(init.seed ?? 32)
  const sockets = new Set<Socket>()
  let server: Server | undefined
  let port = 0
  let resets = 0
  const join = (near: Socket) => {
    const far = connect({ host: '127.0.0.1', port: Number(partOf('tcp')) })
    for (const socket of [near, far]) {
      sockets.add(socket.setNoDelay())
      socket.on('close', () => sockets.delete(socket))
    }
    const reset = () => {
      resets++
      for (const socket of [near, far]) socket.resetAndDestroy()
    }
    pump(near, far, { faults: () => proxy.up, random, reset })
    pump(far, near, { faults: () => proxy.down, random, reset })
  }
  const proxy: FaultProxy = {
    get address() {
      return `/ip4/127.0.0.1/tcp/${port}/p2p/${partOf('p2p')}`
    },
    getMultiaddrs: () => [multiaddr(proxy.address)],
    up: init.up ?? {},
    down: init.down ?? {},
    get resets() {
      return resets
    },
    cut() {
      server?.close()
      for (const socket of sockets) socket.resetAndDestroy()
    },
    async mend() {
      server = createServer(join).listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    },
    [Symbol.asyncDispose]: async () => proxy.cut()
  }
  await proxy.mend()
  return proxy
}
