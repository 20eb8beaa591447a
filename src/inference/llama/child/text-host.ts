import { AbortedError, throwIfAborted } from '../../../interface/index.ts'
import type { ChildTexts, FromChild, RequestProgress } from '../ipc.ts'
import type { LogRing } from './log-ring.ts'
import { type PreparedText, prepareTexts, type TextModel } from './text-model.ts'
import { explained, toWireError } from './wire-error.ts'

/** One request on its way through the child. */
interface TextRun {
  texts: PreparedText[]
  abort: AbortController
  started: boolean
  done: number
}

/** Serves requests for vectors or ranks of one loaded model. */
export class TextHost {
  readonly #loaded: TextModel
  readonly #ring: LogRing
  readonly #send: (message: FromChild) => void
  readonly #runs = new Map<number, TextRun>()

  constructor(init: { loaded: TextModel; ring: LogRing; send: (message: FromChild) => void }) {
    this.#loaded = init.loaded
    this.#ring = init.ring
    this.#send = init.send
  }

  /** Counts and checks a request, and keeps it until it is started or cancelled. */
  prepareTexts(id: number, request: ChildTexts): void {
    this.#send({ type: 'received', id })
    try {
      const texts = prepareTexts(this.#loaded, request)
      this.#runs.set(id, { texts, abort: new AbortController(), started: false, done: 0 })
      this.#send({ type: 'prepared', id, promptTokens: tokensOf(texts), resumedTokens: 0 })
    } catch (error) {
      this.#reject(id, error)
    }
  }

  /** Reads one text after the other; a request that is cancelled ends between two of them. */
  async start(id: number): Promise<void> {
    const run = this.#runs.get(id)
    if (run === undefined) return this.#reject(id, new AbortedError('cancelled'))
    run.started = true
    try {
      const values: (Float32Array | number)[] = []
      for (const text of run.texts) {
        throwIfAborted(run.abort.signal)
        values.push(await this.#read(text))
        run.done++
      }
      this.#runs.delete(id)
      this.#send({ type: 'values', id, values: { promptTokens: tokensOf(run.texts), ...partedBy(values) } })
    } catch (error) {
      this.#runs.delete(id)
      this.#reject(id, error)
    }
  }

  /** `rejected` follows when the work has ended. */
  cancel(id: number): void {
    const run = this.#runs.get(id)
    if (run === undefined) return
    run.abort.abort(new AbortedError('cancelled'))
    if (run.started) return
    this.#runs.delete(id)
    this.#reject(id, new AbortedError('cancelled'))
  }

  /** Where every started request stands. */
  progress(): RequestProgress[] {
    return [...this.#runs]
      .filter(([, run]) => run.started)
      .map(([id, { done, texts }]) => ({ id, phase: 'prefill', done, total: texts.length }))
  }

  async #read(text: PreparedText): Promise<Float32Array | number> {
    const { gate, prefillSpeed } = this.#loaded
    const read = async () => {
      const startedAtMs = performance.now()
      const value = await text.read()
      prefillSpeed.record(text.tokens, performance.now() - startedAtMs)
      return value
    }
    // One request at a time: nobody else waits here.
    return await gate.prefill(text.tokens, read, '')
  }

  #reject(id: number, error: unknown): void {
    this.#send({ type: 'rejected', id, error: toWireError(explained(error, this.#ring)) })
  }
}

function tokensOf(texts: readonly PreparedText[]): number {
  return texts.reduce((sum, { tokens }) => sum + tokens, 0)
}

function partedBy(values: (Float32Array | number)[]): { vectors: Float32Array[] } | { scores: number[] } {
  const vectors = values.filter(value => typeof value !== 'number')
  return vectors.length > 0 ? { vectors } : { scores: values.filter(value => typeof value === 'number') }
}
