import {
  AbortedError,
  BusyError,
  expectedWait,
  OutcomeSpread,
  type Standing,
  toP2paiError
} from '../interface/index.ts'
import { FairTurns } from './fair-turns.ts'
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

interface Entry {
  tenant: string
  workMs: number
  grant(): void
  reject(error: Error): void
}

/** Slots shared fairly between tenants by start-time fair queueing over work, not over counts. */
export class FairQueue {
  readonly #turns = new FairTurns<Entry>()
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
    return this.#turns.workMs
  }

  /** How long work that comes now would wait, on average: behind what runs, and all that waits. */
  get waitMs(): number {
    if (this.#isFree) return 0
    const now = performance.now()
    const item = { beforeMs: 0, msPerUnit: 1 }
    const running = [...this.#running].map(({ workMs, sinceMs }) => ({
      ...item,
      expected: workMs,
      done: now - sinceMs
    }))
    const queued = this.#turns.works.map(workMs => ({ ...item, expected: workMs }))
    return Math.round(expectedWait({ slots: this.slots, running, queued }, this.#spread).meanMs)
  }

  /** Changes how many run at once. Running ones are left alone. */
  setCapacity(capacity: number): void {
    this.#capacity = capacity
    this.#grantNext()
  }

  /** Whether a request would be taken in now. */
  takes({ tenant, workMs }: QueueRequest): boolean {
    const cost = costOf(workMs)
    if (this.#isFree) return true
    return hasRoom(this.#turns.waiting(tenant), { tenant, workMs: cost }, MAX_QUEUED_MS_PER_SLOT * this.slots)
  }

  /** Asks for a slot. Throws `BusyError` when the queue is full, `AbortedError` when the signal has fired. */
  enter(request: QueueRequest): QueueTicket {
    if (request.signal?.aborted) throw toP2paiError(request.signal.reason)
    if (!this.takes(request)) throw this.#full()
    const workMs = costOf(request.workMs)
    const position = this.#isFree ? 0 : this.#turns.size + 1
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
        this.#turns.remove(entry)
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
    this.#turns.add(entry)
    this.#grantNext()
    return { position, granted: promise, release }
  }

  /** Fails everyone who waits, for example when the engine is closed. */
  fail(error: Error): void {
    for (const entry of this.#turns.drain()) entry.reject(error)
  }

  #grantNext(): void {
    while (this.#busy < this.#capacity) {
      const entry = this.#turns.next()
      if (entry === undefined) return
      entry.grant()
    }
  }

  /** Whoever comes now has a slot at once. */
  get #isFree(): boolean {
    return this.#busy < this.#capacity && this.#turns.size === 0
  }

  #full(): BusyError {
    const waitMs = this.#turns.workMs / this.slots
    const retryAfterMs = Math.round(Math.min(MAX_RETRY_AFTER_MS, Math.max(MIN_RETRY_AFTER_MS, waitMs)))
    return new BusyError(`${this.#turns.size} requests are waiting, about ${Math.round(waitMs / 1000)} s of work`, {
      details: { retryAfterMs }
    })
  }
}

function costOf(workMs: number): number {
  return Math.max(MIN_WORK_MS, Number.isFinite(workMs) ? workMs : MAX_QUEUED_MS_PER_SLOT)
}
