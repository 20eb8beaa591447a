import type { AddressInfo } from 'node:net'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { addressOf, type Dialled } from './raw-peer.ts'

/** A line to a peer that can be cut as a killed process or a pulled cable cuts it: without a word of libp2p. */
export interface CutLine extends AsyncDisposable {
  /** To be dialled instead of the peer. */
  getMultiaddrs(): ReturnType<typeof multiaddr>[]
  /** Resets all connections, and takes no more. */
  cut(): void
}

/** Lays a line to a peer that listens on TCP. */
export async function cutLine(to: Dialled): Promise<CutLine> {
  const target = multiaddr(addressOf(to)).getComponents()
  const partOf = (name: string) => target.find(part => part.name === name)?.value
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect({ host: '127.0.0.1', port: Number(partOf('tcp')) })
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    }
    near.pipe(far).pipe(near)
  })
  const port = await listen(server)
  const cut = () => {
    server.close()
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    getMultiaddrs: () => [multiaddr(`/ip4/127.0.0.1/tcp/${port}/p2p/${partOf('p2p')}`)],
    cut,
    [Symbol.asyncDispose]: async () => cut()
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
