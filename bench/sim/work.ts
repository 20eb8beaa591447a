import type { EventQueue } from './event-queue.ts'
import { generatedTokens, type Job } from './job.ts'
import type { Provider } from './provider.ts'
import { realService } from './service.ts'

/** What the asking side hears of its jobs. */
export interface JobListener {
  /** The first token arrived. */
  onFirstToken(job: Job): void
  /** The last token arrived. */
  onEnd(job: Job): void
  /** The provider died after so many tokens. Visibly, when the connection broke; otherwise there is only silence. */
  onLost(job: Job, generated: number, isVisible: boolean): void
  /** The job got its slot. */
  onStart(job: Job, cachedTokens: number, isWarm: boolean): void
}

/** What `Work` needs. */
export interface WorkInit {
  events: EventQueue
  measured: { fromMs: number; toMs: number }
  listener: JobListener
}

/** What goes on inside of providers: queues, slots, caches. */
export class Work {
  readonly #init: WorkInit

  constructor(init: WorkInit) {
    this.#init = init
  }

  /** The provider takes the job; whether it is full was asked before. */
  take(job: Job): void {
    job.state = 'queued'
    job.provider.queue.push(job)
    this.#startNext(job.provider)
  }

  /** The asker left. */
  leave(job: Job): void {
    const { provider } = job
    if (job.state === 'queued') provider.queue = provider.queue.filter(other => other !== job)
    if (job.state !== 'running') return
    this.account(provider)
    job.state = 'lost'
    provider.active = provider.active.filter(other => other !== job)
    this.#startNext(provider)
  }

  /** The provider died with all that it did. */
  loseAll(provider: Provider, isVisible: boolean): void {
    this.account(provider)
    const jobs = [...provider.active, ...provider.queue]
    provider.active = []
    provider.queue = []
    provider.cache.clear()
    for (const job of jobs) {
      const generated = generatedTokens(job, this.#init.events.nowMs)
      job.state = 'lost'
      this.#init.listener.onLost(job, generated, isVisible)
    }
  }

  account(provider: Provider): void {
    provider.account(this.#init.events.nowMs, this.#init.measured)
  }

  #startNext(provider: Provider): void {
    while (provider.active.length < provider.device.slots && provider.queue.length > 0) {
      const job = provider.queue[0]!
      if (!provider.canLoad(job.request.model)) return
      provider.queue.shift()
      this.account(provider)
      this.#start(job)
    }
  }

  #start(job: Job): void {
    const { events, listener } = this.#init
    const { provider, request, promptTokens, outputTokens } = job
    const { model } = request
    const isWarm = provider.warm.has(model)
    if (!isWarm) makeRoom(provider)
    provider.warm.set(model, events.nowMs)
    const cachedTokens = provider.cachedTokens(request.conversationId, promptTokens)
    const input = { promptTokens, outputTokens, cachedTokens, isWarm, others: provider.active.length }
    const { loadMs, prefillMs, decodeMs } = realService(provider, request, input, events.nowMs)
    const startMs = events.nowMs
    const firstTokenAtMs = startMs + loadMs + prefillMs + decodeMs / Math.max(1, outputTokens)
    const endAtMs = startMs + loadMs + prefillMs + decodeMs
    Object.assign(job, { state: 'running', startMs, loadMs, prefillMs, decodeMs, firstTokenAtMs, endAtMs })
    provider.active.push(job)
    listener.onStart(job, cachedTokens, isWarm)
    events.at(firstTokenAtMs + job.oneWayMs, () => {
      if (job.state === 'running' || job.state === 'ended') listener.onFirstToken(job)
    })
    events.at(endAtMs, () => this.#end(job))
  }

  #end(job: Job): void {
    if (job.state !== 'running') return
    const { events, listener } = this.#init
    const { provider, request } = job
    this.account(provider)
    provider.active = provider.active.filter(other => other !== job)
    job.state = 'ended'
    const answerTokens = job.deliveredTokens + job.outputTokens
    if (answerTokens !== request.maxTokens) provider.spreads[request.model]!.learn(request.expectedTokens, answerTokens)
    provider.cache.delete(request.conversationId)
    provider.cache.set(request.conversationId, { tokens: job.promptTokens + job.outputTokens, model: request.model })
    for (const oldest of provider.cache.keys()) {
      if (provider.cache.size <= provider.device.cachedConversations) break
      provider.cache.delete(oldest)
    }
    provider.warm.set(request.model, events.nowMs)
    events.after(job.oneWayMs, () => listener.onEnd(job))
    this.#startNext(provider)
  }
}

/** Pushes out the model unused for longest, and the prefixes that it had. */
function makeRoom(provider: Provider): void {
  if (provider.warm.size < provider.device.warmModels) return
  const idle = [...provider.warm].filter(([model]) => !provider.isUsing(model)).sort((a, b) => a[1] - b[1])
  const model = idle[0]![0]
  provider.warm.delete(model)
  for (const [conversation, entry] of provider.cache) {
    if (entry.model === model) provider.cache.delete(conversation)
  }
}
