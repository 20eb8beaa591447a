import { AbortedError, BusyError, expectedWait, OutcomeSpread, toP2paiError } from '../interface/index.ts'
import { DeficitRounds } from './deficit-rounds.ts'

/** How much work a queue takes in for each slot, in milliseconds. Nobody waits longer than this for an answer. */
export const MAX_QUEUED_MS_PER_SLOT = 120_000
/** Even a tiny request costs a turn; this also bounds how many can wait. */
const MIN_WORK_MS = 50
const MIN_RETRY_AFTER_MS = 1000
const MAX_RETRY_AFTER_MS = 60_000

/** One request that asks for a slot. */
export interface QueueRequest {
  /** For whom the work is done; turns are fair between tenants. */
  tenant: string
  /** How long the work would keep one slot busy, in milliseconds. */
  workMs: number
  /** Takes the request out of the queue, or is ignored once the slot was granted. */
  signal?: AbortSignal
}

/** A place in the queue, later a slot. */
export interface QueueTicket {
  /** Requests that were ahead when this one came; 0 when it got its slot at once. */
  readonly position: number
  /** Resolves when the slot is taken. Rejects with `AbortedError`, or with what `FairQueue.fail` was given. */
  readonly granted: Promise<void>
  /** Gives the slot back, or leaves the queue. Safe to call twice. */
  release(): void
}

interface Entry {
  tenant: string
  workMs: number
  grant(): void
  reject(error: Error): void
}

/** Slots shared fairly between tenants by deficit round robin over work, not over counts. */
export class FairQueue {
  readonly #rounds = new DeficitRounds<Entry>()
  #capacity: number
  #busy = 0
  readonly #running = new Set<{ workMs: number; sinceMs: number }>()
  /** How long slots were really kept, by what was expected. */
  readonly #spread = new OutcomeSpread()

  /** `capacity`: how many requests run at once; 0 holds all back. `slots`: what the bound on work is counted for. */
  constructor(init: { capacity: number; slots?: number }) {
    this.#capacity = init.capacity
    this.slots = Math.max(1, init.slots ?? init.capacity)
  }

  /** What the bound on work is counted for; stays when the capacity is 0 for a while. */
  slots: number

  /** Slots in use. */
  get busy(): number {
    return this.#busy
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#rounds.size
  }

  /** Estimated work that waits, for one slot. */
  get queuedMs(): number {
    return this.#rounds.workMs
  }

  /** How long work that comes now would wait, on average: behind what runs, and all that waits. */
  get waitMs(): number {
    if (this.#busy < this.#capacity && this.#rounds.size === 0) return 0
    const now = performance.now()
    const item = { beforeMs: 0, msPerUnit: 1 }
    const running = [...this.#running].map(({ workMs, sinceMs }) => ({
      ...item,
      expected: workMs,
      done: now - sinceMs
    }))
    const queued = this.#rounds.works.map(workMs => ({ ...item, expected: workMs }))
    return Math.round(expectedWait({ slots: this.slots, running, queued }, this.#spread).meanMs)
  }

  /** Changes how many run at once. Running ones are left alone. */
  setCapacity(capacity: number): void {
    this.#capacity = capacity
    this.#grantNext()
  }

  /** Asks for a slot. Throws `BusyError` when the queue is full, `AbortedError` when the signal has fired. */
  enter(request: QueueRequest): QueueTicket {
    if (request.signal?.aborted) throw toP2paiError(request.signal.reason)
    const workMs = Math.max(MIN_WORK_MS, Number.isFinite(request.workMs) ? request.workMs : MAX_QUEUED_MS_PER_SLOT)
    const free = this.#busy < this.#capacity && this.#rounds.size === 0
    if (!free) this.#refuseWhenFull(request.tenant, workMs)
    const position = free ? 0 : this.#rounds.size + 1
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    // The rejection is the caller's to see through `granted`; without this an early release would be unhandled.
    promise.catch(() => undefined)
    let state: 'waiting' | 'running' | 'done' = 'waiting'
    const onAbort = () => {
      if (state !== 'waiting') return
      reject(toP2paiError(request.signal?.reason ?? new AbortedError('aborted')))
      release()
    }
    const running = { workMs, sinceMs: 0 }
    const entry: Entry = {
      tenant: request.tenant,
      workMs,
      grant: () => {
        state = 'running'
        this.#busy++
        running.sinceMs = performance.now()
        this.#running.add(running)
        request.signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      reject: error => {
        state = 'done'
        request.signal?.removeEventListener('abort', onAbort)
        reject(error)
      }
    }
    const release = () => {
      request.signal?.removeEventListener('abort', onAbort)
      if (state === 'waiting') {
        this.#rounds.remove(entry)
        reject(new AbortedError('left the queue'))
      } else if (state === 'running') {
        this.#busy--
        this.#running.delete(running)
        // Left or done: what counts is when the slot is free.
        this.#spread.learn(workMs, performance.now() - running.sinceMs)
      }
      state = 'done'
      this.#grantNext()
    }
    request.signal?.addEventListener('abort', onAbort, { once: true })
    this.#rounds.add(entry)
    this.#grantNext()
    return { position, granted: promise, release }
  }

  /** Fails everyone who waits, for example when the engine is closed. */
  fail(error: Error): void {
    for (const entry of this.#rounds.drain()) entry.reject(error)
  }

  #grantNext(): void {
    while (this.#busy < this.#capacity) {
      const entry = this.#rounds.next()
      if (entry === undefined) return
      entry.grant()
    }
  }

  /**
   * What a tenant holds beyond half of the queue does not count against the others, so that a newcomer finds room
   * in a queue that one tenant has filled.
   */
  #refuseWhenFull(tenant: string, workMs: number): void {
    const limitMs = MAX_QUEUED_MS_PER_SLOT * this.slots
    const ownMs = this.#rounds.workOf(tenant)
    const others = this.#rounds.tenants.filter(([name]) => name !== tenant)
    const shareMs = others.length > 0 ? limitMs / 2 : limitMs
    const othersMs = others.reduce((sum, [, queuedMs]) => sum + Math.min(queuedMs, limitMs / 2), 0)
    // A request that alone is over the share is still taken when its tenant has nothing waiting.
    const fits = (ownMs === 0 || ownMs + workMs <= shareMs) && othersMs + ownMs + Math.min(workMs, shareMs) <= limitMs
    if (fits) return
    const waitMs = this.#rounds.workMs / this.slots
    const retryAfterMs = Math.round(Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, waitMs)))
    throw new BusyError(`${this.#rounds.size} requests are waiting, about ${Math.round(waitMs / 1000)} s of work`, {
      details: { retryAfterMs }
    })
  }
}
