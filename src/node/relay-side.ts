import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { Connection, Libp2pEvents, Startable, TypedEventTarget } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr'
import type { Libp2pOptions } from 'libp2p'
import type { DialGate } from './dial-gate.ts'

/** How often it looks whether the places at relays still hold, beside at every lost connection. */
const CHECK_EVERY_MS = 15_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/** Whether an address leads over a relay. */
export function isRelayed(address: string): boolean {
  return address.includes('/p2p-circuit')
}

/** The peer that relays for an address; undefined where nobody does. */
export function relayOf(address: string): string | undefined {
  return /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1]
}

/**
 * The way over relays. Who takes no place at one lets no peer open one for it either: libp2p would take a place at
 * whatever peer passes a connection on, and tell others of that address.
 */
export function relayTransport(takesPlaces: boolean): NonNullable<Libp2pOptions['transports']>[number] {
  return circuitRelayTransport(takesPlaces ? {} : { maxInboundStopStreams: 0 })
}

/** Parts of libp2p that it uses, under the names that libp2p gives them. */
interface Components {
  transportManager: { listen(addresses: Multiaddr[]): Promise<void>; getAddrs(): Multiaddr[] }
  events: TypedEventTarget<Libp2pEvents>
}

interface Place {
  address: string
  relay: string
  pauseMs: number
  notBeforeMs: number
  isTaking: boolean
}

/**
 * Keeps a place at each relay that the user named as an address to listen on. libp2p takes it once: a relay that is
 * away at the start would keep the whole node from starting, and one that comes back would not be asked again.
 */
export class RelayPlaces implements Startable {
  readonly #components: Components
  readonly #gate: DialGate
  readonly #places: Place[]
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  /** `addresses`: of relays, each ending in `/p2p-circuit`. */
  constructor(components: Components, addresses: readonly string[], gate: DialGate) {
    this.#components = components
    this.#gate = gate
    this.#places = addresses.map(address => ({
      address,
      relay: relayOf(address) ?? '',
      pauseMs: FIRST_PAUSE_MS,
      notBeforeMs: 0,
      isTaking: false
    }))
  }

  start(): void {
    this.#components.events.addEventListener('connection:close', this.#closed)
  }

  /** Listening is allowed once libp2p runs. */
  afterStart(): void {
    this.#check()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    this.#components.events.removeEventListener('connection:close', this.#closed)
  }

  readonly #closed = ({ detail }: CustomEvent<Connection>): void => {
    if (this.#places.some(({ relay }) => relay === detail.remotePeer.toString())) this.#check()
  }

  readonly #check = (): void => {
    clearTimeout(this.#timer)
    if (this.#isStopped) return
    const now = performance.now()
    const held = new Set(this.#components.transportManager.getAddrs().map(address => relayOf(address.toString())))
    const missing = this.#places.filter(place => !place.isTaking && !held.has(place.relay))
    for (const place of missing) if (place.notBeforeMs <= now) void this.#take(place)
    const waiting = missing.filter(place => place.notBeforeMs > now).map(place => place.notBeforeMs - now)
    this.#timer = setTimeout(this.#check, Math.max(50, Math.min(CHECK_EVERY_MS, ...waiting)))
    this.#timer.unref()
  }

  async #take(place: Place): Promise<void> {
    place.isTaking = true
    try {
      const listen = async () => await this.#components.transportManager.listen([multiaddr(place.address)])
      await this.#gate.named([peerIdFromString(place.relay)], listen)
      place.pauseMs = FIRST_PAUSE_MS
      // A relay that closes the connection at once again must not be asked in a tight loop.
      place.notBeforeMs = performance.now() + FIRST_PAUSE_MS
    } catch {
      // It may be off; others must do until it is back.
      place.notBeforeMs = performance.now() + place.pauseMs * (0.75 + 0.5 * Math.random())
      place.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * place.pauseMs)
    } finally {
      place.isTaking = false
      this.#check()
    }
  }
}
