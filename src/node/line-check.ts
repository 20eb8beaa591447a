import { networkInterfaces } from 'node:os'
import type { Connection } from '@libp2p/interface'
import type { Libp2p } from 'libp2p'
import { timeLimit } from '../interface/index.ts'
import { pingServiceOf } from './ping-service.ts'

/** How often it looks at the addresses of this machine. */
const LOOK_EVERY_MS = 2_000
/** A look that comes so much later than it should: the machine slept. */
const SLEPT_MS = 10_000
const REPLY_TIMEOUT_MS = 3_000

/**
 * Closes connections that died when this machine got another address or woke up. The system keeps them for a quarter of
 * an hour, libp2p is told not to judge them (`libp2p-options.ts`), and a peer that seems connected is not dialled.
 */
export class LineCheck {
  readonly #libp2p: Libp2p
  readonly #onMoved: () => void
  #addresses = ownAddresses()
  #lookedAtMs = performance.now()
  #timer: NodeJS.Timeout | undefined

  /** `onMoved`: told when this machine has other addresses, before lost connections are found out and made anew. */
  constructor(libp2p: Libp2p, onMoved: () => void) {
    this.#libp2p = libp2p
    this.#onMoved = onMoved
  }

  start(): void {
    this.#lookedAtMs = performance.now()
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const now = performance.now()
    const addresses = ownAddresses()
    const hasMoved = addresses !== this.#addresses
    const hasSlept = now - this.#lookedAtMs > LOOK_EVERY_MS + SLEPT_MS
    this.#addresses = addresses
    this.#lookedAtMs = now
    if (hasMoved) this.#onMoved()
    if (hasMoved || hasSlept) for (const connection of this.#libp2p.getConnections()) void this.#check(connection)
  }

  async #check(connection: Connection): Promise<void> {
    try {
      await pingServiceOf(this.#libp2p)?.ping(connection.remotePeer, { signal: timeLimit(REPLY_TIMEOUT_MS) })
    } catch {
      connection.abort(new Error('the peer does not answer since this machine has moved'))
    }
  }
}

function ownAddresses(): string {
  return Object.values(networkInterfaces())
    .flatMap(list => list?.map(({ address }) => address) ?? [])
    .sort()
    .join(' ')
}
