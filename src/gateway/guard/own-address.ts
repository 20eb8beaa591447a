import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { HttpFailure } from '../failure.ts'
import type { Call } from '../gateway.ts'

/**
 * Which names a browser may know this gateway by. `loopback`: only this machine's own. `address`: addresses, which
 * no stranger's name server can point elsewhere, and this machine's name. `any`: a key is needed anyway.
 */
export type HostPolicy = 'loopback' | 'address' | 'any'

/** What a call is judged by. */
export interface OwnAddress {
  policy: HostPolicy
  /** The port that is listened on. */
  port(): number
  /** Pages that may call, as origins: `https://example.org`. */
  cors: readonly string[]
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]']

/**
 * Keeps web pages away: those that reach loopback through a name of their own (DNS rebinding), and those that post
 * here from elsewhere. Throws `HttpFailure` (403).
 */
export function checkAddress(call: Call, own: OwnAddress): void {
  const host = (call.req.header('host') ?? new URL(call.req.url).host).toLowerCase()
  if (!isOwnHost(host, own)) throw new HttpFailure('forbidden', 'the Host header is not an address of this gateway')
  const origin = call.req.header('origin')
  if (origin !== undefined) {
    if (!isAllowedOrigin(origin, own)) throw new HttpFailure('forbidden', 'pages of this origin may not call (--cors)')
    return
  }
  // A browser leaves out the origin where it only loads something; then this header tells of the page.
  if (['cross-site', 'same-site'].includes(call.req.header('sec-fetch-site') ?? '')) {
    throw new HttpFailure('forbidden', 'pages of other sites may not call (--cors)')
  }
}

function isOwnHost(host: string, { policy, port }: OwnAddress): boolean {
  if (policy === 'any') return true
  const { name, hasOwnPort } = splitHost(host, port())
  if (!hasOwnPort) return false
  if (LOOPBACK.includes(name)) return true
  if (policy === 'loopback') return false
  const machine = hostname().toLowerCase()
  return isUsableAddress(name) || name === machine || name === `${machine}.local`
}

/** `0.0.0.0` is no address to be called by: browsers have let pages reach loopback with it. */
function isUsableAddress(name: string): boolean {
  const bare = name.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) !== 0 && bare !== '0.0.0.0' && bare !== '::'
}

function splitHost(host: string, port: number): { name: string; hasOwnPort: boolean } {
  const match = /^(.*?)(?::(\d+))?$/.exec(host)
  const name = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (match?.[1] ?? '')
  const given = host.slice(name.length)
  return { name, hasOwnPort: given === `:${port}` || (given === '' && port === 80) }
}

function isAllowedOrigin(origin: string, own: OwnAddress): boolean {
  if (own.cors.includes(origin)) return true
  return LOOPBACK.some(name => origin === `http://${name}:${own.port()}`)
}
