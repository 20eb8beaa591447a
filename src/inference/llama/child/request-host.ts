import { AbortedError, InternalError } from '../../../interface/index.ts'
import type { ChildRequest, FromChild, RequestProgress } from '../ipc.ts'
import { generate } from './generate.ts'
import type { LoadedModel, Slot } from './loaded-model.ts'
import type { LogRing } from './log-ring.ts'
import { Outbox } from './outbox.ts'
import { prepareRequest } from './prepare.ts'
import { Run } from './run.ts'
import { score } from './score.ts'
import { chooseSlot } from './slot-choice.ts'
import { explained, toWireError } from './wire-error.ts'

/** Serves the requests of one loaded model. The parent starts no more of them than there are slots. */
export class RequestHost {
  readonly #loaded: LoadedModel
  readonly #ring: LogRing
  readonly #send: (message: FromChild) => void
  readonly #outbox: Outbox
  readonly #runs = new Map<number, Run>()
  /** Cancelled while they were still being prepared. */
  readonly #preparing = new Map<number, { cancelled: boolean }>()

  constructor(init: { loaded: LoadedModel; ring: LogRing; send: (message: FromChild) => void }) {
    this.#loaded = init.loaded
    this.#ring = init.ring
    this.#send = init.send
    this.#outbox = new Outbox(init.send)
  }

  /** Counts and checks a request, and keeps it until it is started or cancelled. */
  async prepare(id: number, request: ChildRequest): Promise<void> {
    const state = { cancelled: false }
    this.#preparing.set(id, state)
    this.#send({ type: 'received', id })
    try {
      const prepared = await prepareRequest(this.#loaded, request)
      if (state.cancelled) throw new AbortedError('cancelled')
      this.#runs.set(id, new Run(id, prepared))
      this.#send({ type: 'prepared', id, promptTokens: prepared.tokens.length, resumedTokens: prepared.resumedTokens })
    } catch (error) {
      this.#send({ type: 'rejected', id, error: toWireError(explained(error, this.#ring)) })
    } finally {
      this.#preparing.delete(id)
    }
  }

  /** Takes a slot and answers. */
  async start(id: number): Promise<void> {
    const run = this.#runs.get(id)
    if (run === undefined) {
      this.#send({ type: 'rejected', id, error: toWireError(new AbortedError('cancelled')) })
      return
    }
    run.started = true
    const slot = this.#slotFor(run)
    slot.busy = true
    try {
      const said = await this.#work(slot, run)
      this.#release(slot, run)
      this.#outbox.flush()
      this.#send(said)
    } catch (error) {
      if (!run.abort.signal.aborted) await this.#reset(slot)
      this.#release(slot, run)
      this.#outbox.flush()
      this.#send({ type: 'rejected', id, error: toWireError(explained(error, this.#ring)) })
    }
  }

  /** Tells that the reader took tokens. */
  read(id: number, tokens: number): void {
    this.#runs.get(id)?.credit.read(tokens)
  }

  /** Ends a request at the next tick; `rejected` follows when its slot is free. */
  cancel(id: number): void {
    const preparing = this.#preparing.get(id)
    if (preparing !== undefined) preparing.cancelled = true
    const run = this.#runs.get(id)
    if (run === undefined) return
    run.abort.abort(new AbortedError('cancelled'))
    if (run.started) return
    this.#runs.delete(id)
    this.#send({ type: 'rejected', id, error: toWireError(new AbortedError('cancelled')) })
  }

  /** Where every started request stands. */
  progress(): RequestProgress[] {
    return [...this.#runs.values()]
      .filter(run => run.started)
      .map(({ id, phase, done, total }) => ({ id, phase, done, total }))
  }

  async #work(slot: Slot, run: Run): Promise<FromChild> {
    if (run.prepared.request.isScore) {
      return { type: 'scored', id: run.id, score: await score(this.#loaded, slot, run) }
    }
    return { type: 'ended', end: await generate(this.#loaded, slot, run, this.#outbox) }
  }

  #slotFor(run: Run): Slot {
    const { tenant, sessionId, conversationTag } = run.prepared.request
    const tag = conversationTag && Buffer.from(conversationTag).toString('hex')
    const wish = { tenant, sessionId, tag }
    const common = (slot: Slot) => slot.sequence.compareContextTokens(run.prepared.tokens).firstDifferentIndex
    const slot = chooseSlot(this.#loaded.slots, wish, common)
    if (slot === undefined) throw new InternalError('more requests were started than there are slots')
    slot.sessionId = sessionId
    slot.tag = undefined
    return slot
  }

  #release(slot: Slot, run: Run): void {
    slot.busy = false
    slot.lastUsedMs = performance.now()
    this.#runs.delete(run.id)
  }

  /** After a failure nobody knows what the sequence holds. */
  async #reset(slot: Slot): Promise<void> {
    slot.tenant = undefined
    try {
      await slot.sequence.clearHistory()
    } catch (error) {
      this.#ring.push(`failed to clear a slot: ${String(error)}`)
    }
  }
}
