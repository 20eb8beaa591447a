import { type EmbedOptions, type ModelTask, throwIfAborted, timeLimit, toP2paiError } from '../../interface/index.ts'
import type { QueueTicket } from '../fair-queue.ts'
import type { ToChild } from './ipc.ts'
import type { ScoreJob, TextJob } from './job.ts'
import { ModelProcess } from './model-process.ts'

/** Work whose result comes as a whole. */
export interface WholeWork<Work, End> {
  task: ModelTask
  /** Makes the job, which gives the asker what comes before the result. */
  job: (tell: NonNullable<EmbedOptions['onEvent']>) => Work
  /** What lets the process count and check the request. */
  prepare: (job: Work) => ToChild
  /** Waits for its result. */
  ended: (job: Work) => Promise<End>
  /** Tokens, as long as nobody has counted them. */
  roughTokens: number
  workMs: (promptTokens: number) => number
}

/** A model process that does work with one result, beside the answers that come token by token. */
export abstract class WholeWorkProcess extends ModelProcess {
  /** One request from its check to its end. Every way out gives the slot back. */
  protected async whole<Work extends ScoreJob | TextJob, End>(
    request: { model: string; deadlineMs?: number },
    work: WholeWork<Work, End>,
    options: EmbedOptions
  ): Promise<End> {
    const deadline = request.deadlineMs === undefined ? [] : [timeLimit(request.deadlineMs)]
    const signal = AbortSignal.any([...(options.signal ? [options.signal] : []), ...deadline])
    throwIfAborted(signal)
    this.refuseUnusable(request.model, work.task)
    const job = work.job(event => {
      if (!signal.aborted) options.onEvent?.(event)
    })
    this.refuseBlamed(job)
    this.jobs.add(job)
    // The asker hears it now; the slot is free when the child says so.
    const aborted = Promise.withResolvers<never>()
    const onAbort = () => {
      aborted.reject(toP2paiError(signal.reason))
      if (job.sent) this.supervisor.send({ type: 'cancel', id: job.id })
    }
    signal.addEventListener('abort', onAbort, { once: true })
    const result = this.#run(job, work, { tenant: options.tenant ?? 'local', signal }).finally(() =>
      signal.removeEventListener('abort', onAbort)
    )
    return await Promise.race([result, aborted.promise])
  }

  async #run<Work extends ScoreJob | TextJob, End>(
    job: Work,
    work: WholeWork<Work, End>,
    { tenant, signal }: { tenant: string; signal: AbortSignal }
  ): Promise<End> {
    let ticket: QueueTicket | undefined
    try {
      let { roughTokens: promptTokens } = work
      if (this.supervisor.state === 'warm') promptTokens = (await this.#prepare(job, work)) ?? promptTokens
      throwIfAborted(signal)
      ticket = this.queue.enter({ tenant, workMs: work.workMs(promptTokens), signal })
      this.accept(job, ticket.position)
      await ticket.granted
      this.changedWhenFull()
      while (job.preparedIn !== this.supervisor.life) {
        await this.load(signal)
        await this.#prepare(job, work)
      }
      throwIfAborted(signal)
      const ended = work.ended(job)
      this.supervisor.send({ type: 'start', id: job.id })
      return await ended
    } catch (error) {
      // Prepared but never started: the child forgets it.
      if (!job.sent && job.preparedIn === this.supervisor.life) this.supervisor.send({ type: 'cancel', id: job.id })
      throw toP2paiError(error)
    } finally {
      this.jobs.remove(job.id)
      ticket?.release()
      this.changedWhenFull()
    }
  }

  /** Counts the texts and checks them against the context, in the child. */
  async #prepare<Work extends ScoreJob | TextJob, End>(
    job: Work,
    work: WholeWork<Work, End>
  ): Promise<number | undefined> {
    const life = this.supervisor.life
    const prepared = job.untilPrepared()
    this.supervisor.send(work.prepare(job))
    const promptTokens = await prepared
    if (promptTokens !== undefined) job.preparedIn = life
    return promptTokens
  }
}
