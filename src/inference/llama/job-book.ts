import { errorFromCode, type P2paiError } from '../../interface/index.ts'
import type { FromChild, Heartbeat } from './ipc.ts'
import { Job, ScoreJob, TextJob } from './job.ts'

/** All requests of an engine on the parent's side; gives each what the child says of it. */
export class JobBook {
  readonly #jobs = new Map<number, Job | ScoreJob | TextJob>()

  /** Requests that are not at their end. */
  get size(): number {
    return this.#jobs.size
  }

  add(job: Job | ScoreJob | TextJob): void {
    this.#jobs.set(job.id, job)
  }

  remove(id: number): void {
    this.#jobs.delete(id)
  }

  /** Gives a message of the child to whom it is for. Messages for requests that are gone are dropped. */
  receive(message: FromChild): void {
    switch (message.type) {
      case 'received':
        this.#jobs.get(message.id)?.begun()
        break
      case 'prepared':
        this.#jobs.get(message.id)?.prepared(message)
        break
      case 'deltas':
        for (const { id, channel = 'answer', tokenIds, ...rest } of message.deltas) {
          this.#prompt(id)?.push({ type: 'delta', channel, tokenCount: tokenIds.length, tokenIds, ...rest })
        }
        break
      case 'ended':
        this.#prompt(message.end.id)?.ended(message.end)
        break
      case 'values': {
        const job = this.#jobs.get(message.id)
        if (job instanceof TextJob) job.ended(message.values)
        break
      }
      case 'scored': {
        const job = this.#jobs.get(message.id)
        if (job instanceof ScoreJob) job.ended(message.score)
        break
      }
      case 'rejected': {
        const { code, message: text, details } = message.error
        this.#jobs.get(message.id)?.fail(errorFromCode(code, text, details))
        break
      }
      default:
        break
    }
  }

  /** A sign of life of the child is one for every request that waits for it. */
  passOn(beat: Heartbeat, engine: { loading: boolean; queued: number }): void {
    const running = new Map(beat.requests.map(request => [request.id, request]))
    for (const job of this.#jobs.values()) {
      const own = running.get(job.id)
      if (own !== undefined) job.progress(own)
      else if (engine.loading) job.progress({ phase: 'loading', done: beat.loadPercent, total: 100 })
      else if (!job.active) {
        job.progress({ phase: 'queued', done: Math.min(job.queuePosition, engine.queued), total: 0 })
      }
    }
  }

  /** The process died: fails what it had begun, keeps the rest, and returns hashes of what it had begun. */
  crash(error: P2paiError): string[] {
    const suspects: string[] = []
    for (const job of this.#jobs.values()) {
      if (job.active) {
        suspects.push(job.fingerprint())
        job.fail(error)
      } else job.untouched()
    }
    return suspects
  }

  /** Fails everything. */
  failAll(error: P2paiError): void {
    for (const job of this.#jobs.values()) job.fail(error)
  }

  #prompt(id: number): Job | undefined {
    const job = this.#jobs.get(id)
    return job instanceof Job ? job : undefined
  }
}
