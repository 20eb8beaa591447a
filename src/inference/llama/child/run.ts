import type { ProgressPhase } from '../../../interface/index.ts'
import { Credit } from './credit.ts'
import type { PreparedRequest } from './prepare.ts'

/** One request on its way through the child. */
export class Run {
  readonly id: number
  readonly prepared: PreparedRequest
  readonly credit = new Credit()
  readonly abort = new AbortController()
  /** False while the request waits for its start. */
  started = false
  phase: ProgressPhase = 'prefill'
  done = 0
  total = 0

  constructor(id: number, prepared: PreparedRequest) {
    this.id = id
    this.prepared = prepared
  }
}
