import { createServer } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { AddressInUseError, InvalidAddressError } from '../interface/index.ts'
import { DEFAULT_PORT } from './profiles.ts'
import { isRelayed, relayOf } from './relay-side.ts'

/** How many port pairs are tried when nobody named one. */
const MAX_TRIES = 50

/** Addresses to listen on. Named ones must be free; without any, the default port or the next pair that is free. */
export async function listenAddresses(named: readonly string[] | undefined): Promise<string[]> {
  if (named !== undefined) {
    for (const address of named) await checkFree(address)
    return [...named]
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + 2 * MAX_TRIES; port += 2) {
    if ((await tryPort('0.0.0.0', port)) !== undefined || (await tryPort('0.0.0.0', port + 1)) !== undefined) continue
    const addresses = [`/ip4/0.0.0.0/tcp/${port}`, `/ip4/0.0.0.0/tcp/${port + 1}/ws`]
    // Not every system has IPv6; one that has it may have somebody else on the port.
    if ((await tryPort('::', port)) === undefined) addresses.push(`/ip6/::/tcp/${port}`)
    return addresses
  }
  throw new AddressInUseError(`no free port from ${DEFAULT_PORT} to ${DEFAULT_PORT + 2 * MAX_TRIES}`)
}

/** libp2p goes on without an address that it cannot have; a user who named one wants to know. */
async function checkFree(address: string): Promise<void> {
  const { host, port } = parseListenAddress(address)
  // The port is the relay's.
  if (isRelayed(address)) return
  if (port === 0) return
  const code = await tryPort(host, port)
  if (code === undefined) return
  const why: Record<string, string> = {
    EADDRINUSE: 'the port is taken',
    EACCES: 'ports below 1024 need more rights',
    EADDRNOTAVAIL: 'this machine has no such address'
  }
  throw new AddressInUseError(`cannot listen on ${address}: ${why[code] ?? code}`, { details: { field: 'listen' } })
}

/** Reads a multiaddr that a TCP port can be opened for. Throws `InvalidAddressError`. */
export function parseListenAddress(address: string): { host: string; port: number } {
  try {
    const parts = multiaddr(address).getComponents()
    const host = parts.find(part => part.name === 'ip4' || part.name === 'ip6')?.value
    const port = Number(parts.find(part => part.name === 'tcp')?.value ?? Number.NaN)
    const isWhole = !isRelayed(address) || (address.endsWith('/p2p-circuit') && relayOf(address) !== undefined)
    if (host !== undefined && Number.isInteger(port) && isWhole) return { host, port }
  } catch (error) {
    throw new InvalidAddressError(`${address} is not a multiaddr`, { cause: error, details: { field: 'listen' } })
  }
  throw new InvalidAddressError(`${address} has no IP address and TCP port, as in /ip4/0.0.0.0/tcp/${DEFAULT_PORT}`, {
    details: { field: 'listen' }
  })
}

/** The code of the error of listening there, or nothing when it works. */
export async function tryPort(host: string, port: number): Promise<string | undefined> {
  return await new Promise(resolve => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true, ipv6Only: host.includes(':') }, () =>
      server.close(() => resolve(undefined))
    )
  })
}
