import { BusyError } from '../../interface/index.ts'
import type { NodeLog } from '../options.ts'
import { Duty } from './duty.ts'
import { type SharingRules, whyNotSharing } from './rules.ts'
import type { DeviceState } from './state.ts'

/** How often the device is looked at. Heat and batteries change within minutes. */
const LOOK_EVERY_MS = 30_000
/** Whoever is sent away asks again when the device was looked at once more. */
const RETRY_AFTER_MS = 30_000

/** What a gatekeeper needs. */
export interface GatekeeperInit {
  rules: SharingRules
  /** What the system tells. */
  read: () => Promise<DeviceState>
  /** What the owner told, which is stronger. @default nothing */
  known?: DeviceState
  log: NodeLog
  /** Whether this machine works for others has changed. */
  onChange: () => void
  /** @default Date */
  clock?: () => Date
}

/** Decides from the state of the device and its owner's rules whether it works for others now. */
export class Gatekeeper {
  readonly duty = new Duty()
  readonly #init: GatekeeperInit
  #state: DeviceState = {}
  #reason: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(init: GatekeeperInit) {
    this.#init = init
    this.#state = { ...init.known }
    this.#reason = this.#judge()
  }

  /** What is known of the device, for adverts. */
  get state(): DeviceState {
    return this.#state
  }

  /** Why this machine takes no work of others now; undefined when it does. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Looks at the device, and goes on looking. */
  async start(): Promise<void> {
    await this.look()
    if (this.#isStopped) return
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref()
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
  }

  /** Looks at the device now. */
  async look(): Promise<void> {
    this.#state = { ...(await this.#init.read()), ...this.#init.known }
    this.#update()
  }

  /** Throws `BusyError` when no work of others is taken now. */
  admit(): void {
    this.#update()
    if (this.#reason === undefined) return
    throw new BusyError(`this provider takes no requests now: ${this.#reason}`, {
      details: { retryAfterMs: RETRY_AFTER_MS }
    })
  }

  #update(): void {
    const reason = this.#judge()
    if (reason === this.#reason) return
    const wasSharing = this.#reason === undefined
    this.#reason = reason
    if (reason === undefined) this.#init.log('info', 'sharing:resumed')
    else this.#init.log('info', 'sharing:paused', { reason })
    if (wasSharing !== (reason === undefined)) this.#init.onChange()
  }

  #judge(): string | undefined {
    const now = (this.#init.clock ?? (() => new Date()))()
    return whyNotSharing(this.#init.rules, this.#state, { now, load: this.duty.share })
  }
}
