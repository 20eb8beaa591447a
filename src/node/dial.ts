import type { Connection, PeerId, Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Libp2p } from 'libp2p'
import {
  BusyError,
  InvalidAddressError,
  ProviderUnreachableError,
  throwIfAborted,
  timeLimit,
  toP2paiError
} from '../interface/index.ts'
import { dialableAddresses } from '../routing/index.ts'
import { DialGate, ownReach } from './dial-gate.ts'
import { isAlive, isUnheard } from './early-protocol.ts'
import { relayLimitReached } from './relay-limit.ts'
import { isRelayed, relayOf } from './relay-side.ts'

/**
 * One candidate gets this long to be dialled. `routing.md` says 2 s; a dial takes about five round trips, which at
 * 300 ms leaves a busy machine too little of it.
 */
export const DIAL_TIMEOUT_MS = 3_000
/** A stream that has heard nothing by then may be one of a dead connection, */
const UNHEARD_MS = 2_000
/** which is one that does not answer a ping within this time either. Both together are a dial's. */
const PING_MS = DIAL_TIMEOUT_MS - UNHEARD_MS

/** How a stream is opened. */
export interface StreamOptions {
  /**
   * The first message goes out before the peer has agreed to the protocol, where it is known to speak it. Not for one of
   * many megabytes, which would pile up there. @default true
   */
  isEarly?: boolean
  /** Streams of this protocol that the peer answers at once; for one more this throws `BusyError`, as the peer would. @default no limit is known */
  mostAtOnce?: number
}

interface Target {
  peerId: PeerId
  /** Where it may be dialled: worked out for a dial alone, since most requests find a connection. */
  addresses: () => Multiaddr[]
}

/** Where a peer may be dialled beside what libp2p knows of it. */
export type AddressBook = (peerId: string) => readonly string[]

/** Checks an address that a user typed. Throws `InvalidAddressError`: without the peer id anybody could answer. */
export function parsePeerAddress(address: string, field: string): { peerId: PeerId; multiaddr: Multiaddr } {
  let parsed: Multiaddr
  let id: string | undefined
  try {
    parsed = multiaddr(address)
    id = parsed.getComponents().findLast(part => part.name === 'p2p')?.value
    if (id !== undefined) return { peerId: peerIdFromString(id), multiaddr: parsed }
  } catch (error) {
    throw new InvalidAddressError(`${address} is not a multiaddr`, { cause: error, details: { field } })
  }
  throw new InvalidAddressError(`${address} does not end in /p2p/ and a peer id`, { details: { field } })
}

/** Opens streams to peers by id or address, reusing connections. */
export class Dialer {
  readonly #libp2p: Libp2p
  readonly #addressesOf: AddressBook

  readonly #gate: DialGate
  readonly #connectionOf = new WeakMap<Stream, Connection>()
  /** Protocols that the peer at the other end has told of. */
  readonly #spoken = new WeakMap<Connection, ReadonlySet<string>>()

  /** `gate`: that of this libp2p, which must let pass what the user names. */
  constructor(libp2p: Libp2p, addressesOf: AddressBook, gate = new DialGate()) {
    this.#libp2p = libp2p
    this.#addressesOf = addressesOf
    this.#gate = gate
    libp2p.addEventListener('peer:identify', ({ detail: { connection, protocols } }) => {
      this.#spoken.set(connection, new Set(protocols))
    })
  }

  /** `peer` is an id, or a multiaddr that ends in one. Throws `ProviderUnreachableError`, or what `signal` says. */
  async connect(peer: string, signal: AbortSignal, timeoutMs = DIAL_TIMEOUT_MS): Promise<Connection> {
    const target = this.#target(peer)
    const open = this.#libp2p.getConnections(target.peerId).filter(connection => connection.status === 'open')
    // One over a relay is slower, and may be cut at any time. Of two, the older one may be dead: the peer has moved.
    const best = open.findLast(({ limits }) => limits === undefined) ?? open.at(-1)
    if (best !== undefined) return best
    const timed = AbortSignal.any([signal, timeLimit(timeoutMs)])
    try {
      const dial = async () => await this.#dial(target, timed, timeoutMs)
      return await (peer.startsWith('/') ? this.#gate.named(namedIn(peer, target.peerId), dial) : dial())
    } catch (error) {
      if (signal.aborted) throw toP2paiError(signal.reason)
      throw new ProviderUnreachableError(`cannot reach ${peer}: ${briefly(error)}`, { cause: error })
    }
  }

  /** Opens a stream of a protocol. Throws like `connect`. */
  async openStream(
    peer: string,
    protocol: string,
    signal: AbortSignal,
    { isEarly = true, mostAtOnce = Number.POSITIVE_INFINITY }: StreamOptions = {}
  ): Promise<Stream> {
    const connection = await this.connect(peer, signal)
    throwIfAborted(signal)
    if (openedHere(connection, protocol) >= mostAtOnce) throw tooMany(peer)
    const negotiateFully = !isEarly || this.#spoken.get(connection)?.has(protocol) !== true
    const timed = AbortSignal.any([signal, timeLimit(DIAL_TIMEOUT_MS)])
    try {
      const stream = await connection.newStream(protocol, {
        signal: timed,
        runOnLimitedConnection: true,
        negotiateFully
      })
      if (!negotiateFully) this.#watch(stream, connection)
      if (connection.limits !== undefined) this.#connectionOf.set(stream, connection)
      return stream
    } catch (error) {
      if (signal.aborted) throw toP2paiError(signal.reason)
      const { name } = asError(error)
      if (name === 'TooManyOutboundProtocolStreamsError') throw tooMany(peer, error)
      if (name !== 'UnsupportedProtocolError') giveUp(connection, asError(error))
      throw new ProviderUnreachableError(`${peer} does not open a stream: ${briefly(error)}`, { cause: error })
    }
  }

  /** Why a stream broke, where more is known than that: a relay has cut it at its limit. */
  readonly whyLost = (stream: Stream): string | undefined => {
    const connection = this.#connectionOf.get(stream)
    return connection && relayLimitReached(connection)
  }

  /**
   * A stream that waits for nothing opens on a dead connection too. Looked at by the clock alone: when a stream ends, its
   * connection may be ending with it, and who leaves early has learnt nothing of the peer.
   */
  #watch(stream: Stream, connection: Connection): void {
    const look = async () => {
      if (!isUnheard(stream) || stream.status === 'reset' || connection.status !== 'open') return
      if (await isAlive(stream, timeLimit(PING_MS))) return
      if (connection.status === 'open') giveUp(connection, new Error('the peer does not answer'))
    }
    setTimeout(() => void look(), UNHEARD_MS).unref()
  }

  /** A direct address that swallows what is sent to it must leave time for the relay. */
  async #dial(target: Target, timed: AbortSignal, timeoutMs: number): Promise<Connection> {
    const { peerId } = target
    const addresses = target.addresses()
    const relayed = addresses.filter(address => isRelayed(address.toString()))
    const direct = addresses.filter(address => !relayed.includes(address))
    if (direct.length === 0 || relayed.length === 0) {
      return await this.#libp2p.dial(addresses.length > 0 ? addresses : peerId, { signal: timed })
    }
    try {
      const inHalf = AbortSignal.any([timed, timeLimit(timeoutMs / 2)])
      return await this.#libp2p.dial(direct, { signal: inHalf })
    } catch (error) {
      if (timed.aborted) throw error
      // libp2p joins a dial to one of the same peer that it has not put away yet.
      await new Promise(setImmediate)
      return await this.#libp2p.dial(relayed, { signal: timed })
    }
  }

  #advertised(peer: string): Multiaddr[] {
    const advertised = dialableAddresses(this.#addressesOf(peer), ownReach(this.#libp2p))
    return advertised.flatMap(address => withPeerId(address, peer))
  }

  #target(peer: string): Target {
    if (peer.startsWith('/')) {
      const parsed = parsePeerAddress(peer, 'peer')
      return { peerId: parsed.peerId, addresses: () => [parsed.multiaddr] }
    }
    try {
      return { peerId: peerIdFromString(peer), addresses: () => this.#advertised(peer) }
    } catch (error) {
      throw new InvalidAddressError(`${peer} is neither a peer id nor a multiaddr`, {
        cause: error,
        details: { field: 'peer' }
      })
    }
  }
}

/** All peers of an address that the user gave. */
function namedIn(address: string, peerId: PeerId): PeerId[] {
  const relay = relayOf(address)
  return relay === undefined ? [peerId] : [peerIdFromString(relay), peerId]
}

/** An address that a stranger advertised; nothing when it cannot be one of this peer. */
function withPeerId(address: string, peer: string): Multiaddr[] {
  try {
    const whole = multiaddr(`${address}/p2p/${peer}`)
    return whole.getComponents().findLast(part => part.name === 'p2p')?.value === peer ? [whole] : []
  } catch {
    return []
  }
}

/**
 * A connection that cannot carry a stream any more looks alive; closing it makes the next try dial. One that carries
 * others of ours may only be slow, with a long prompt before this in line, and those would be cut.
 */
function giveUp(connection: Connection, error: Error): void {
  const hasOthers = connection.streams.some(stream => isOurs(stream) && stream.status === 'open' && !isUnheard(stream))
  if (!hasOthers) connection.abort(error)
}

function openedHere({ streams }: Connection, protocol: string): number {
  return streams.filter(
    // Where this side has said its last word the answer is over.
    stream => stream.protocol === protocol && stream.direction === 'outbound' && stream.writeStatus === 'writable'
  ).length
}

function tooMany(peer: string, cause?: unknown): BusyError {
  const details = { retryAfterMs: 1_000 }
  return new BusyError(`too many requests to ${peer} are under way`, { details, ...(cause !== undefined && { cause }) })
}

function isOurs(stream: Stream): boolean {
  return stream.protocol?.startsWith('/p2p-ai/') === true
}

/** The cause in a line: libp2p gathers one error an address. */
function briefly(error: unknown): string {
  if (error instanceof AggregateError) return briefly(error.errors[0])
  return asError(error).message.split('\n', 1)[0] ?? ''
}

/** Streams and connections may throw events. */
function asError(error: unknown): Error {
  if (error instanceof Error) return error
  const inner = (error as { error?: unknown } | null)?.error
  return inner instanceof Error ? inner : new Error('the connection was closed')
}
