import {
  AbortedError,
  BusyError,
  expectedWait,
  OutcomeSpread,
  type Standing,
  toP2paiError
} from '../interface/index.ts'
import { costOf, FairTurns } from './fair-turns.ts'
import type { Work } from './lane.ts'
import { KEPT_FREE_MS, LastSlot } from './last-slot.ts'
import { hasRoom } from './queue-room.ts'

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

/** Its cost is in milliseconds of one slot. */
interface Entry extends Work {
  grant(): void
  reject(error: Error): void
}

/**
 * Slots shared fairly between tenants by start-time fair queueing over work, not over counts. What counts is how long a
 * slot was really kept; what was expected stands for it until then.
 */
export class FairQueue {
  readonly #turns = new FairTurns<Entry>()
  readonly #lastSlot = new LastSlot()
  #recheck: NodeJS.Timeout | undefined
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

  /** Whose turns weigh how much, from now on. @default all the same */
  useStanding(standing: Standing): void {
    this.#turns.standing = standing
  }

  /** Slots in use. */
  get busy(): number {
    return this.#busy
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#turns.size
  }

  /** Estimated work that waits, for one slot. */
  get queuedMs(): number {
    return costOf(this.#turns.entries)
  }

  /** How long work that comes now would wait, on average: behind what runs, and all that waits. */
  get waitMs(): number {
    return this.#isFree ? 0 : this.#waitMs(this.slots)
  }

  /** The same for one tenant, from which the last free slot may be kept; undefined when it is not. */
  keptWaitMs(tenant: string): number | undefined {
    return this.#isKeptFrom(tenant) ? this.#waitMs(Math.max(1, this.slots - 1)) : undefined
  }

  #waitMs(slots: number): number {
    const now = performance.now()
    const item = { beforeMs: 0, msPerUnit: 1 }
    const running = [...this.#running].map(({ workMs, sinceMs }) => ({
      ...item,
      expected: workMs,
      done: now - sinceMs
    }))
    const queued = this.#turns.entries.map(({ cost }) => ({ ...item, expected: cost }))
    return Math.round(expectedWait({ slots, running, queued }, this.#spread).meanMs)
  }

  /** Changes how many run at once. Running ones are left alone. */
  setCapacity(capacity: number): void {
    this.#capacity = capacity
    this.#grantNext()
  }

  /** Whether a request would be taken in now. */
  takes({ tenant, workMs }: QueueRequest): boolean {
    if (this.#isFree) return true
    const work = { tenant, cost: boundedMs(workMs) }
    return hasRoom(this.#turns.waiting(tenant), work, MAX_QUEUED_MS_PER_SLOT * this.slots)
  }

  /** Asks for a slot. Throws `BusyError` when the queue is full, `AbortedError` when the signal has fired. */
  enter(request: QueueRequest): QueueTicket {
    if (request.signal?.aborted) throw toP2paiError(request.signal.reason)
    if (!this.takes(request)) throw this.#full()
    const { tenant } = request
    const workMs = boundedMs(request.workMs)
    const turn = this.#turns.turnOf(tenant)
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
      tenant,
      cost: workMs,
      grant: () => {
        state = 'running'
        this.#busy++
        this.#lastSlot.took(tenant, turn)
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
        this.#turns.remove(entry)
        reject(new AbortedError('left the queue'))
      } else if (state === 'running') {
        this.#busy--
        this.#running.delete(running)
        this.#lastSlot.gaveBack(tenant, turn)
        // Left or done: what counts is when the slot is free.
        const keptMs = performance.now() - running.sinceMs
        this.#spread.learn(workMs, keptMs)
        this.#turns.settle(entry, boundedMs(keptMs))
      }
      state = 'done'
      this.#grantNext()
    }
    request.signal?.addEventListener('abort', onAbort, { once: true })
    this.#lastSlot.asked(tenant, turn)
    this.#turns.add(entry)
    this.#grantNext()
    return { position: this.#running.has(running) ? 0 : this.#turns.size, granted: promise, release }
  }

  /** Fails everyone who waits, for example when the engine is closed. */
  fail(error: Error): void {
    for (const entry of this.#turns.drain()) entry.reject(error)
  }

  #grantNext(): void {
    while (this.#busy < this.#capacity) {
      const entry = this.#turns.next(({ tenant }) => !this.#isKeptFrom(tenant))
      if (entry === undefined) break
      entry.grant()
    }
    // A slot is kept for somebody who may not come: nothing else would tell when that is over.
    if (this.#busy >= this.#capacity || this.#turns.size === 0) return
    this.#recheck ??= setTimeout(() => {
      this.#recheck = undefined
      this.#grantNext()
    }, KEPT_FREE_MS).unref()
  }

  #isKeptFrom(tenant: string): boolean {
    return this.#busy === this.#capacity - 1 && this.#lastSlot.isKeptFrom(tenant, this.#turns.turnOf(tenant))
  }

  /** Whoever comes now has a slot at once. */
  get #isFree(): boolean {
    return this.#busy < this.#capacity && this.#turns.size === 0
  }

  #full(): BusyError {
    const waitMs = this.queuedMs / this.slots
    const retryAfterMs = Math.round(Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, waitMs)))
    return new BusyError(`${this.#turns.size} requests are waiting, about ${Math.round(waitMs / 1000)} s of work`, {
      details: { retryAfterMs }
    })
  }
}

function boundedMs(workMs: number): number {
  return Math.max(MIN_WORK_MS, Number.isFinite(workMs) ? workMs : MAX_QUEUED_MS_PER_SLOT)
}
