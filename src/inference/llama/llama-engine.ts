import {
  type EngineEvent,
  type GenerateOptions,
  type GenerateRequest,
  MAX_LOGPROBS,
  type Quote,
  type QuoteRequest,
  quoteOf,
  requestBytes,
  roughTokens,
  type ScoreOptions,
  type ScoreRequest,
  type ScoreResult,
  throwIfAborted,
  timeLimit,
  toP2paiError,
  validateScoreRequest
} from '../../interface/index.ts'
import type { QueueTicket } from '../fair-queue.ts'
import { CachedConversations } from './cached-conversations.ts'
import { checkRequest, toChildRequest } from './child-request.ts'
import { EventChannel } from './event-channel.ts'
import {
  DEFAULT_CONTEXT_TOKENS,
  DEFAULT_SLOTS,
  type LlamaEngine,
  type LlamaEngineInit,
  MAX_SLOTS,
  MIN_CONTEXT_TOKENS
} from './init.ts'
import type { FromChild } from './ipc.ts'
import { Job, ScoreJob } from './job.ts'
import type { ModelFile } from './model-file.ts'
import { clamp } from './model-process.ts'
import type { ModelStore } from './model-store.ts'
import { WholeWorkProcess } from './whole-work.ts'
import { WorkEstimate } from './work-estimate.ts'

/** The child rests a sequence beyond 256 unread tokens; told every 64, it never has to. */
const READ_REPORT_TOKENS = 64

/** The parent's half of a model that answers prompts: queue, events and states; the model is in the child. */
export class LlamaChildEngine extends WholeWorkProcess implements LlamaEngine {
  readonly #work = new WorkEstimate()
  readonly #cached = new CachedConversations()

  constructor(init: LlamaEngineInit, file: ModelFile, store: ModelStore, quarantined: boolean) {
    const trained = file.header.trainContextTokens || DEFAULT_CONTEXT_TOKENS
    super({
      init,
      file,
      store,
      quarantined,
      features: {
        chat: file.chat,
        schema: true,
        logprobs: MAX_LOGPROBS,
        tools: file.tools,
        resume: true,
        thoughts: file.thoughts,
        score: true
      },
      slots: clamp(init.slots ?? DEFAULT_SLOTS, 1, MAX_SLOTS),
      contextSizeTokens: clamp(init.contextSizeTokens ?? DEFAULT_CONTEXT_TOKENS, MIN_CONTEXT_TOKENS, trained)
    })
  }

  generate(request: GenerateRequest, options: GenerateOptions = {}): AsyncIterable<EngineEvent> {
    const left = new AbortController()
    let unreported = 0
    const id = this.nextId()
    const channel = new EventChannel({
      start: () => void this.#answer(id, request, options, left.signal, channel),
      onRead: event => {
        if (event.type !== 'delta') return
        unreported += event.tokenCount
        if (unreported < READ_REPORT_TOKENS) return
        this.supervisor.send({ type: 'read', id, tokens: unreported })
        unreported = 0
      },
      onLeave: () => left.abort()
    })
    return channel
  }

  async score(request: ScoreRequest, options: ScoreOptions = {}): Promise<ScoreResult> {
    const { answer, ...asked } = validateScoreRequest(request)
    const checked = checkRequest({ ...asked, resume: answer }, this.file)
    const child = { ...toChildRequest(checked, options.tenant ?? 'local', this.file.digest), isScore: true }
    const work = {
      task: 'score' as const,
      job: (tell: ScoreJob['tell']) => new ScoreJob(this.nextId(), request, tell),
      prepare: ({ id }: ScoreJob) => ({ type: 'prepare' as const, id, request: child }),
      ended: (job: ScoreJob) => job.untilEnded(),
      roughTokens: roughTokens(requestBytes(checked)),
      workMs: (promptTokens: number) => this.#estimate(promptTokens, 0)
    }
    const { name, digest } = this.info
    const { promptTokens, margins } = await this.whole(checked, work, options)
    return { model: { name, digest }, promptTokens, margins }
  }

  async quote(request: QuoteRequest, { tenant = 'local' }: GenerateOptions = {}): Promise<Quote> {
    const [status] = this.status()
    const cachedTokens = this.#cached.tokensOf(request.conversationTag, tenant)
    const unread = Math.max(0, request.promptTokens - cachedTokens)
    const isFull = !this.queue.takes({ tenant, workMs: this.#estimate(unread, request.expectedTokens) })
    const waitMs = this.queue.keptWaitMs(tenant)
    // A slot that is kept for others is no free one for this peer.
    const seen =
      status && waitMs !== undefined
        ? { ...status, slots: { ...status.slots, busy: status.slots.total }, waitMs }
        : status
    return quoteOf(request, { model: this.info, ...(seen && { status: seen }), cachedTokens, isFull })
  }

  protected override onMessage(message: FromChild): void {
    if (message.type === 'loaded') this.#cached.clear()
    if (message.type === 'loaded' && !this.file.chat) {
      const reason = 'a base model without a chat template: it is used only when asked for by name'
      this.log('warn', 'engine:base-model', { reason, chatTemplate: message.report.chatTemplate })
    }
    super.onMessage(message)
  }

  /** One request from its check to its end. Every way out gives the slot back. */
  async #answer(
    id: number,
    request: GenerateRequest,
    options: GenerateOptions,
    left: AbortSignal,
    channel: EventChannel
  ): Promise<void> {
    const tenant = options.tenant ?? 'local'
    let ticket: QueueTicket | undefined
    let job: Job | undefined
    const stopListening = new AbortController()
    try {
      const checked = checkRequest(request, this.file)
      const deadline = checked.deadlineMs === undefined ? [] : [timeLimit(checked.deadlineMs)]
      const signal = AbortSignal.any([left, ...(options.signal ? [options.signal] : []), ...deadline])
      throwIfAborted(signal)
      this.refuseUnusable(checked.model, 'chat')
      job = new Job(id, checked, event => channel.push(event))
      this.refuseBlamed(job)
      this.jobs.add(job)
      const current = job
      const onAbort = () => {
        // The reader hears it now; the slot is free when the child says so.
        channel.fail(toP2paiError(signal.reason))
        if (current.sent) this.supervisor.send({ type: 'cancel', id })
      }
      signal.addEventListener('abort', onAbort, { once: true, signal: stopListening.signal })
      if (checked.maxTokens === 0) {
        await this.#count(job, tenant, signal)
        channel.close()
        return
      }
      let promptTokens = roughTokens(requestBytes(checked))
      if (this.supervisor.state === 'warm') promptTokens = (await this.#prepare(job, tenant)) ?? promptTokens
      throwIfAborted(signal)
      const arrivedAtMs = performance.now()
      const unread = Math.max(0, promptTokens - this.#cached.tokensOf(checked.conversationTag, tenant))
      ticket = this.queue.enter({ tenant, workMs: this.#estimate(unread, checked.maxTokens), signal })
      this.accept(job, ticket.position)
      await ticket.granted
      this.changedWhenFull()
      while (job.preparedIn !== this.supervisor.life) {
        await this.load(signal)
        await this.#prepare(job, tenant)
      }
      throwIfAborted(signal)
      const queuedMs = Math.round(performance.now() - arrivedAtMs)
      const ended = job.untilEnded()
      this.#cached.continued(checked.conversationTag)
      this.supervisor.send({ type: 'start', id })
      const end = await ended
      // Before the end is told: whoever hears it may ask the next turn at once, and must not find the slot taken.
      ticket.release()
      this.#work.record(end.completionTokens)
      const {
        finishReason,
        stopSequence,
        promptTokens: counted,
        cachedPromptTokens,
        completionTokens,
        thoughtTokens
      } = end
      const slots = this.supervisor.report?.slots ?? 1
      this.#cached.ended(end.conversationTag, { tenant, tokens: counted + completionTokens }, slots)
      const usage = { promptTokens: counted, cachedPromptTokens, completionTokens }
      channel.push({
        type: 'end',
        finishReason,
        ...(stopSequence !== undefined && { stopSequence }),
        usage: thoughtTokens > 0 ? { ...usage, thoughtTokens } : usage,
        timings: { queuedMs, prefillMs: end.prefillMs, decodeMs: end.decodeMs },
        conversationTag: end.conversationTag
      })
      channel.close()
    } catch (error) {
      // Prepared but never started: the child forgets it.
      if (job !== undefined && !job.sent && job.preparedIn === this.supervisor.life) {
        this.supervisor.send({ type: 'cancel', id })
      }
      channel.fail(toP2paiError(error))
    } finally {
      stopListening.abort()
      this.jobs.remove(id)
      ticket?.release()
      this.changedWhenFull()
    }
  }

  /** Counts the prompt and checks it against the context, in the child. */
  async #prepare(job: Job, tenant: string): Promise<number | undefined> {
    const life = this.supervisor.life
    const prepared = job.untilPrepared()
    this.supervisor.send({
      type: 'prepare',
      id: job.id,
      request: toChildRequest(job.request, tenant, this.file.digest)
    })
    const promptTokens = await prepared
    if (promptTokens !== undefined) job.preparedIn = life
    return promptTokens
  }

  /** Tells how long the prompt is: no slot is taken, and nothing is evaluated. */
  async #count(job: Job, tenant: string, signal: AbortSignal): Promise<void> {
    let promptTokens = this.supervisor.state === 'warm' ? await this.#prepare(job, tenant) : undefined
    this.accept(job, 0)
    while (promptTokens === undefined) {
      await this.load(signal)
      promptTokens = await this.#prepare(job, tenant)
    }
    this.supervisor.send({ type: 'cancel', id: job.id })
    const timings = { queuedMs: 0, prefillMs: 0, decodeMs: 0 }
    const usage = { promptTokens: promptTokens - job.resumedTokens, cachedPromptTokens: 0, completionTokens: 0 }
    job.push({ type: 'end', finishReason: 'length', usage, timings })
  }

  #estimate(promptTokens: number, maxTokens: number | undefined): number {
    const { prefillTokensPerSecond, decodeTokensPerSecond } = this.info
    return this.#work.workMs({ promptTokens, maxTokens, prefillTokensPerSecond, decodeTokensPerSecond })
  }
}
