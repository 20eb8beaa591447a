import type { Libp2p } from 'libp2p'
import { timeLimit } from '../interface/index.ts'
import { drawPeers, type ProviderDirectory, RecentMap } from '../routing/index.ts'
import type { Dialer } from './dial.ts'
import { LineCheck } from './line-check.ts'

/** How often it looks, beside at every lost connection. */
const CHECK_EVERY_MS = 15_000
const FIRST_PAUSE_MS = 1_000
/** With its jitter less than the 30 s in which a node is back after a cut. */
const LONGEST_PAUSE_MS = 20_000
const DIAL_TIMEOUT_MS = 10_000
/** Dials under way at once. */
const MAX_DIALS = 8
/** A provider that was only heard of is dialled again after this at the earliest. */
const HEARD_PAUSE_MS = 5 * 60_000
const MAX_HEARD = 1_000
/** News of providers comes many at a time. */
const HEARD_DELAY_MS = 200

/** What the supervisor needs. */
export interface SupervisorInit {
  libp2p: Libp2p
  dialer: Dialer
  /** Multiaddrs that end in a peer id: from the user, and saved from the last run. */
  targets: readonly string[]
  /** Fewer connected peers than this, and others are dialled: targets, and providers that were heard of. */
  minPeers: number
  directory: Pick<ProviderDirectory, 'all' | 'onChange'>
  /** Tells others when this machine has other addresses. */
  publisher: { announce(): Promise<void> }
}

interface Target {
  address: string
  pauseMs: number
  notBeforeMs: number
  isDialling: boolean
}

/**
 * Keeps the node connected. libp2p dials nobody by itself and forgets whom it lost, so targets are dialled at the
 * start, after every cut, and at a slow beat, each with a pause that doubles while it fails. Whoever knows one node
 * alone would hear little, since that passes gossip on to few, and nothing once it is gone: providers that it tells of
 * are dialled too.
 */
export class Supervisor {
  readonly #init: SupervisorInit
  readonly #targets: Target[]
  readonly #lineCheck: LineCheck
  readonly #stop = new AbortController()
  readonly #heard = new RecentMap<string, number>(MAX_HEARD)
  #heardDials = 0
  /** There were as many peers as are wanted, when they were last counted: at each lost one, and at a slow beat. */
  #hasEnough = false
  #unsubscribe: () => void = () => undefined
  #timer: NodeJS.Timeout | undefined
  #heardTimer: NodeJS.Timeout | undefined

  constructor(init: SupervisorInit) {
    this.#init = init
    this.#lineCheck = new LineCheck(init.libp2p, () => void init.publisher.announce())
    this.#targets = init.targets.map(address => ({
      address,
      pauseMs: FIRST_PAUSE_MS,
      notBeforeMs: 0,
      isDialling: false
    }))
  }

  start(): void {
    const { libp2p } = this.#init
    libp2p.addEventListener('peer:disconnect', this.#check)
    libp2p.addEventListener('peer:discovery', this.#discovered)
    this.#unsubscribe = this.#init.directory.onChange(() => {
      if (!this.#hasEnough) this.#heardTimer ??= setTimeout(() => this.#dialHeard(), HEARD_DELAY_MS).unref()
    })
    this.#lineCheck.start()
    this.#check()
  }

  stop(): void {
    this.#stop.abort()
    this.#unsubscribe()
    this.#lineCheck.stop()
    clearTimeout(this.#timer)
    clearTimeout(this.#heardTimer)
    this.#init.libp2p.removeEventListener('peer:disconnect', this.#check)
    this.#init.libp2p.removeEventListener('peer:discovery', this.#discovered)
  }

  readonly #discovered = (event: CustomEvent<{ id: { toString(): string } }>): void => {
    const { libp2p, dialer, minPeers } = this.#init
    // Everybody on a LAN would meet everybody; enough is enough.
    if (libp2p.getPeers().length >= 4 * minPeers) return
    const signal = AbortSignal.any([this.#stop.signal, timeLimit(DIAL_TIMEOUT_MS)])
    dialer.connect(event.detail.id.toString(), signal, DIAL_TIMEOUT_MS).catch(() => {
      // A peer that was only heard of and cannot be reached is no news.
    })
  }

  readonly #check = (): void => {
    clearTimeout(this.#timer)
    if (this.#stop.signal.aborted) return
    const now = performance.now()
    const connected = new Set(this.#init.libp2p.getPeers().map(String))
    const missing = this.#targets.filter(target => !target.isDialling && !connected.has(peerIdOf(target.address)))
    const dialling = this.#targets.filter(target => target.isDialling).length
    const wanted = connected.size < this.#init.minPeers ? missing : []
    const due = wanted.filter(target => target.notBeforeMs <= now).slice(0, MAX_DIALS - dialling)
    for (const target of due) void this.#dial(target)
    this.#dialHeard()
    const waiting = wanted.filter(target => target.notBeforeMs > now).map(target => target.notBeforeMs - now)
    this.#timer = setTimeout(this.#check, Math.max(50, Math.min(CHECK_EVERY_MS, ...waiting)))
    this.#timer.unref()
  }

  /** As many providers as are missing, drawn at random, so that not all nodes crowd the same. */
  #dialHeard(): void {
    this.#heardTimer = undefined
    const { libp2p, directory, dialer, minPeers } = this.#init
    const connected = new Set(libp2p.getPeers().map(String))
    this.#hasEnough = connected.size >= minPeers
    const missing = minPeers - connected.size - this.#heardDials
    if (missing <= 0 || this.#stop.signal.aborted) return
    const now = performance.now()
    const fresh = directory
      .all()
      .map(({ peerId }) => peerId)
      .filter(peerId => !connected.has(peerId) && now >= (this.#heard.get(peerId) ?? 0))
    for (const peerId of drawPeers(fresh, Math.min(missing, MAX_DIALS), new Set(), Math.random)) {
      this.#heard.set(peerId, now + HEARD_PAUSE_MS)
      this.#heardDials++
      dialer
        .connect(peerId, this.#stop.signal, DIAL_TIMEOUT_MS)
        // One that was only heard of and cannot be reached is no news.
        .catch(() => undefined)
        .finally(() => this.#heardDials--)
    }
  }

  async #dial(target: Target): Promise<void> {
    target.isDialling = true
    try {
      await this.#init.dialer.connect(target.address, this.#stop.signal, DIAL_TIMEOUT_MS)
      target.pauseMs = FIRST_PAUSE_MS
      // A connection that is closed at once again must not be made in a tight loop.
      target.notBeforeMs = performance.now() + FIRST_PAUSE_MS
    } catch {
      target.notBeforeMs = performance.now() + target.pauseMs * (0.75 + 0.5 * Math.random())
      target.pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * target.pauseMs)
    } finally {
      target.isDialling = false
      this.#check()
    }
  }
}

function peerIdOf(address: string): string {
  return address.slice(address.lastIndexOf('/p2p/') + '/p2p/'.length)
}
