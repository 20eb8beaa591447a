import { BlockList, isIP, isIPv6 } from 'node:net'
import { InvalidRequestError } from '../../interface/index.ts'

/** Next to ollama's 11434, so that whoever knows one finds the other. */
export const DEFAULT_PORT = 11435
const DEFAULT_HOST = '127.0.0.1'

/** Where to listen. */
export interface ApiAddress {
  /** An IP address. */
  host: string
  /** 0 takes any free one. */
  port: number
  /** Named by the user: then a port that is taken is an error, and else the next free one is used. */
  isNamed: boolean
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** Reads `ADDR:PORT`, or `off`, which gives undefined. Throws `InvalidRequestError`. */
export function parseApiAddress(text: string | undefined): ApiAddress | undefined {
  if (text === undefined) return { host: DEFAULT_HOST, port: DEFAULT_PORT, isNamed: false }
  if (text === 'off') return undefined
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[2] === 'localhost' ? DEFAULT_HOST : (match?.[1] ?? match?.[2] ?? '')
  const port = Number(match?.[3] ?? -1)
  if (isIP(host) !== 0 && port >= 0 && port <= 65_535) return { host, port, isNamed: true }
  throw new InvalidRequestError(
    `${JSON.stringify(text)} is not ADDR:PORT, such as 127.0.0.1:${DEFAULT_PORT}, nor off`,
    {
      details: { field: 'api' }
    }
  )
}

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  return loopback.check(host, isIPv6(host) ? 'ipv6' : 'ipv4')
}

/** The address as clients of this machine write it. */
export function urlOf(host: string, port: number): string {
  const reached = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${isIPv6(reached) ? `[${reached}]` : reached}:${port}`
}
