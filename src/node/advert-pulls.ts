import type { Libp2p } from 'libp2p'
import { type ModelTask, timeLimit } from '../interface/index.ts'
import type { AdvertsWanted } from '../protocols/capabilities/index.ts'
import { drawPeers, type ProviderDirectory } from '../routing/index.ts'
import { SAMPLE_SIZE } from './network-scale.ts'

/** Adverts are pulled again after this long while the node asks, */
const PULL_EVERY_MS = 30_000
/** and up to this much later, so that askers do not keep step. */
const PULL_JITTER_MS = 30_000
/** A node that has asked nothing for so long pulls no more. */
const ASKING_FOR_MS = 120_000
const PULL_TIMEOUT_MS = 6_000
/** The DHT is read again after this long: a quarter of the working set is new in ten minutes, half of that from there. */
const SEARCH_EVERY_MS = 5 * 60_000
const SEARCH_TIMEOUT_MS = 20_000
/** Peers asked at once. */
const PARALLEL = 8

/** What pulling needs. */
export interface AdvertPullsInit {
  libp2p: Pick<Libp2p, 'getPeers'>
  directory: ProviderDirectory
  ask: (peerId: string, wanted: AdvertsWanted, signal: AbortSignal) => Promise<boolean>
  /** Meets more providers by their records in the DHT. @default none */
  search?: (model: string, signal: AbortSignal, task: ModelTask) => Promise<void>
  onError: (error: unknown) => void
  /** Whether gossip brings too little. */
  isNeeded: () => boolean
  /** Uniform in [0, 1). @default Math.random */
  random?: () => number
}

/**
 * Keeps the working set fresh on a node that asks and does not hear all: providers that it is connected to are asked
 * for their own adverts, and one peer for a sample of the others. A dial to each would cost more than it tells. No peer
 * that gives samples is alone with what it tells: the DHT leads to others.
 */
export class AdvertPulls {
  readonly #init: AdvertPullsInit
  readonly #random: () => number
  readonly #stop = new AbortController()
  #wanted: { model: string; task: ModelTask } | undefined
  #askedAtMs = 0
  readonly #searchedAtMs = new Map<string, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(init: AdvertPullsInit) {
    this.#init = init
    this.#random = init.random ?? Math.random
  }

  /** The node asks for a model now. */
  asked(model: string, task: ModelTask): void {
    this.#wanted = { model, task }
    this.#askedAtMs = performance.now()
    if (this.#timer === undefined && !this.#stop.signal.aborted) this.#later()
  }

  stop(): void {
    this.#stop.abort()
    clearTimeout(this.#timer)
  }

  #later(): void {
    this.#timer = setTimeout(() => void this.#beat(), PULL_EVERY_MS + this.#random() * PULL_JITTER_MS)
    this.#timer.unref()
  }

  async #beat(): Promise<void> {
    const isAsking = performance.now() - this.#askedAtMs < ASKING_FOR_MS
    if (isAsking && this.#init.isNeeded()) await Promise.all([this.#pull(), this.#search()])
    this.#timer = undefined
    if (isAsking && !this.#stop.signal.aborted) this.#later()
  }

  async #search(): Promise<void> {
    const { search, onError } = this.#init
    const { model, task } = this.#wanted!
    const key = `${task} ${model}`
    const now = performance.now()
    for (const [searched, atMs] of this.#searchedAtMs) {
      if (now - atMs >= SEARCH_EVERY_MS) this.#searchedAtMs.delete(searched)
    }
    if (search === undefined || this.#searchedAtMs.has(key)) return
    this.#searchedAtMs.set(key, now)
    const signal = AbortSignal.any([this.#stop.signal, timeLimit(SEARCH_TIMEOUT_MS)])
    await search(model, signal, task).catch(error => {
      if (!signal.aborted) onError(error)
    })
  }

  async #pull(): Promise<void> {
    const { libp2p, directory, ask } = this.#init
    const wanted = this.#wanted!
    const signal = AbortSignal.any([this.#stop.signal, timeLimit(PULL_TIMEOUT_MS)])
    const connected = libp2p.getPeers().map(String)
    const providers = new Set(directory.candidates(wanted.model, wanted.task).map(({ advert }) => advert.peerId))
    const near = connected.filter(peerId => providers.has(peerId))
    const own = drawPeers(near, SAMPLE_SIZE, new Set(), this.#random)
    const missing = SAMPLE_SIZE - own.length
    const [other] = missing > 0 ? drawPeers(connected, 1, new Set(), this.#random) : []
    const sampled = other === undefined ? undefined : ask(other, { count: missing, ...wanted }, signal)
    const lanes = Array.from({ length: PARALLEL }, async () => {
      for (let peerId = own.pop(); peerId !== undefined && !signal.aborted; peerId = own.pop()) {
        await ask(peerId, 'own', signal)
      }
    })
    await Promise.all([sampled, ...lanes])
  }
}
