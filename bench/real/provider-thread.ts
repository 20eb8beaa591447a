import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { SimConfig } from '../sim/config.ts'

/** Threads of providers, beside that of the askers: a single loop for a hundred nodes is so busy that it is measured alone. */
export const THREADS = 2

/** What a thread is started with. */
export interface ThreadInit {
  config: SimConfig
  /** It runs every provider whose index leaves this when divided by the threads. */
  part: number
  bootstrap: readonly string[]
}

/** Index and peer id of providers that run. */
export type PeerIds = [index: number, peerId: string][]

/** A part of the providers in a thread of this process; see `provider-host.ts`. */
export class ProviderThread {
  readonly #worker: Worker
  readonly #ready: Promise<unknown[]>

  constructor(init: ThreadInit) {
    this.#worker = new Worker(new URL('./provider-host.ts', import.meta.url), { workerData: init })
    this.#ready = once(this.#worker, 'message')
  }

  /** Resolves once its nodes run. */
  async peerIds(): Promise<PeerIds> {
    const [peerIds] = await this.#ready
    return peerIds as PeerIds
  }

  /** Peer ids of the askers, in their order: who is how far away. */
  tellAskers(peerIds: readonly string[]): void {
    this.#worker.postMessage(peerIds)
  }

  /** How busy its loop is. */
  utilization(since?: ReturnType<typeof performance.eventLoopUtilization>) {
    return this.#worker.performance.eventLoopUtilization(since)
  }

  async stop(): Promise<void> {
    await this.#worker.terminate()
  }
}
