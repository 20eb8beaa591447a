import type { ContentRouting } from '@libp2p/interface'
import { timeLimit } from '../interface/index.ts'
import { keyToCid } from './model-keys.ts'

/** Records are forgotten after an hour where the holder lost the provider's address, so they are renewed well before. */
const PROVIDE_EVERY_MS = 22 * 60_000
/** Added at random, so that providers that started together do not provide together. */
const PROVIDE_JITTER_MS = 6 * 60_000
/** A first try may come before any peer is in the routing table. */
const RETRY_MS = 15_000
const PROVIDE_TIMEOUT_MS = 60_000

/** What keeping records needs. */
export interface DhtProviderInit {
  contentRouting: Pick<ContentRouting, 'provide' | 'cancelReprovide'>
  /** Keys that hold now. */
  keys: () => Promise<string[]>
  onError: (error: unknown) => void
}

/** Keeps this node's provider records in the DHT: at once when its models change, and again before they fade. */
export class DhtProvider {
  readonly #init: DhtProviderInit
  /** What has a record by this beat, and what libp2p renews by itself until it is told not to. */
  readonly #provided = new Set<string>()
  readonly #renewed = new Set<string>()
  readonly #stop = new AbortController()
  #beat: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #isStale = false

  constructor(init: DhtProviderInit) {
    this.#init = init
  }

  /** Models or peers have changed: provides what is not provided yet. */
  changed(): void {
    this.#isStale = true
    if (this.#stop.signal.aborted || this.#running !== undefined) return
    this.#running = this.#provideWhileStale().finally(() => {
      this.#running = undefined
    })
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    clearTimeout(this.#beat)
    clearTimeout(this.#retry)
    await this.#running
  }

  /** What changes while records are made is provided right after them, not at the next beat. */
  async #provideWhileStale(): Promise<void> {
    while (this.#isStale && !this.#stop.signal.aborted) {
      this.#isStale = false
      await this.#provideMissing()
    }
  }

  async #provideMissing(): Promise<void> {
    let failed = false
    let keys: string[] = []
    try {
      keys = await this.#init.keys()
    } catch (error) {
      failed = true
      this.#init.onError(error)
    }
    if (!failed) await this.#dropAllBut(keys)
    for (const key of keys) {
      if (this.#stop.signal.aborted) return
      if (this.#provided.has(key)) continue
      try {
        const signal = AbortSignal.any([this.#stop.signal, timeLimit(PROVIDE_TIMEOUT_MS)])
        await this.#init.contentRouting.provide(await keyToCid(key), { signal })
        this.#provided.add(key)
        this.#renewed.add(key)
      } catch (error) {
        failed = true
        if (!this.#stop.signal.aborted) this.#init.onError(error)
      }
    }
    this.#later(failed)
  }

  /** A model that comes back later needs a record again, and libp2p must not renew one by itself until then. */
  async #dropAllBut(keys: readonly string[]): Promise<void> {
    for (const key of this.#renewed) {
      if (keys.includes(key)) continue
      this.#provided.delete(key)
      this.#renewed.delete(key)
      try {
        await this.#init.contentRouting.cancelReprovide(await keyToCid(key))
      } catch (error) {
        this.#init.onError(error)
      }
    }
  }

  /**
   * The beat stands once it is set: a provider at work changes twice an answer, which would put it off for ever. Node
   * also keeps a list for each length of a timer that held nothing and was cleared, until that time is over.
   */
  #later(failed: boolean): void {
    clearTimeout(this.#retry)
    if (this.#stop.signal.aborted) return
    if (failed) this.#retry = setTimeout(() => this.changed(), RETRY_MS).unref()
    this.#beat ??= setTimeout(() => this.#renew(), PROVIDE_EVERY_MS + Math.random() * PROVIDE_JITTER_MS).unref()
  }

  #renew(): void {
    this.#beat = undefined
    this.#provided.clear()
    this.changed()
  }
}
