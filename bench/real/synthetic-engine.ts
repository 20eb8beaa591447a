import {
  BusyError,
  type EngineEvent,
  type EngineStatus,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ModelInfo,
  messageText,
  type Quote,
  type QuoteRequest,
  quoteOf
} from 'p2pai'
import { Advertised } from '../sim/adverts.ts'
import { shippedForesight } from '../sim/foresight.ts'
import { generatedTokens, type Job, type JobRequest } from '../sim/job.ts'
import type { Provider } from '../sim/provider.ts'
import { promiseOf } from '../sim/provider-quote.ts'
import type { Work } from '../sim/work.ts'
import type { RealTime } from './real-time.ts'
import type { StateWatch } from './state-watch.ts'

/** How often a waiting request is told so, and how often a running one gets its tokens. */
const BEAT_MS = 500
const MODELS = 6

/** What a request of the bench says of itself, in the first line of its prompt. */
export interface Told {
  id: number
  conversationId: number
  model: number
  promptTokens: number
  answerTokens: number
  expectedTokens: number
}

/** What `syntheticEngine` needs. */
export interface SyntheticInit {
  provider: Provider
  work: Work
  time: RealTime
  jobs: Map<Job, JobHooks>
  /** Half of the round trip to the asker with this peer id. */
  oneWayMs: (peerId: string) => number
  /** What is said of its state between two adverts. */
  watch: StateWatch
}

interface Paths extends SyntheticInit {
  /**
   * Askers that were given a quote in this very turn of the loop. A request that comes in it is one whose condition was
   * judged by that quote, and its way there and back is behind it.
   */
  justQuoted: Set<string>
}

/** Hears of one job. */
export interface JobHooks {
  firstToken(): void
  ended(): void
}

/** A device of the simulator as an engine: its queue, slots, caches and speeds, in real time, without a model. */
export function syntheticEngine(init: SyntheticInit): InferenceEngine {
  const { provider, time, watch } = init
  const paths: Paths = { ...init, justQuoted: new Set() }
  const onDisk = Array.from({ length: MODELS }, (_, model) => model).filter(model => provider.device.onDisk[model])
  const infos = (): ModelInfo[] => onDisk.map(model => infoOf(provider, model, time.nowMs))
  const status = (): EngineStatus[] => {
    const slots = { total: provider.device.slots, busy: provider.active.length }
    const waitMs = Math.round(shippedForesight(provider, time.nowMs))
    const rest = { queued: provider.queue.length, queuedMs: waitMs, waitMs, restarts: 0, rssBytes: 0, hardware: 'cpu' }
    return infos().map(({ name, digest, state }) => ({ model: name, digest, state, slots, ...rest }))
  }
  return {
    kind: 'synthetic',
    models: async () => infos(),
    status,
    generate: (request, options) => answer(paths, request, options),
    quote: async (request, options) => await promise(paths, request, options),
    onChange: watch.onChange,
    close: async () => undefined
  }
}

function infoOf(provider: Provider, model: number, nowMs: number): ModelInfo {
  const {
    warm,
    slots: _slots,
    queued: _queued,
    waitMs: _wait,
    ...said
  } = new Advertised(provider, nowMs, shippedForesight).of(model)
  return { ...said, sizeBytes: 1, state: warm ? 'warm' : 'cold' }
}

async function promise(
  { provider, time, oneWayMs, justQuoted }: Paths,
  request: QuoteRequest,
  { tenant = '' }: GenerateOptions = {}
): Promise<Quote> {
  await pause(2 * oneWayMs(tenant))
  justQuoted.add(tenant)
  setImmediate(() => justQuoted.delete(tenant))
  const model = Number(request.model)
  const conversationId = Number(Buffer.from(request.conversationTag ?? []).toString() || -1)
  const asked = { conversationId, model, promptTokens: request.promptTokens, expectedTokens: request.expectedTokens }
  const said = promiseOf(provider, asked, time.nowMs, shippedForesight)
  const quote = quoteOf(request, { model: infoOf(provider, model, time.nowMs) })
  if (said === undefined) return { ...quote, status: 'busy' }
  return { ...quote, ...said, waitMs: Math.round(said.waitMs), firstTokenMs: Math.round(said.firstTokenMs) }
}

async function* answer(
  { provider, work, time, jobs, oneWayMs, justQuoted, watch }: Paths,
  request: GenerateRequest,
  { tenant = '', signal }: GenerateOptions = {}
): AsyncGenerator<EngineEvent> {
  const told = JSON.parse(messageText(request.messages[0]!).split('\n', 1)[0]!) as Told
  const wayMs = justQuoted.has(tenant) ? 0 : oneWayMs(tenant)
  await pause(wayMs)
  if (provider.isFull) throw new BusyError('all slots and the queue are full', { details: { retryAfterMs: 500 } })
  const given = request.resume?.tokenIds.length ?? 0
  const job = jobOf(provider, told, { given, wayMs, sentMs: time.nowMs })
  const news = new News()
  let hasBegun = false
  const begin = () => {
    hasBegun = true
    news.tell()
  }
  jobs.set(job, { firstToken: begin, ended: () => news.tell() })
  work.take(job)
  const model = infoOf(provider, told.model, time.nowMs)
  let sent = 0
  try {
    const queuePosition = Math.max(0, provider.queue.indexOf(job) + 1)
    yield { type: 'accepted', queuePosition, model, contextSizeTokens: model.contextSizeTokens }
    for (;;) {
      await Promise.race([news.next(), pause(BEAT_MS)])
      signal?.throwIfAborted()
      const isOver = job.state === 'ended'
      const made = isOver ? job.outputTokens : hasBegun ? Math.max(1, generatedTokens(job, time.nowMs - wayMs)) : 0
      if (made > sent) {
        const tokenIds = Array.from({ length: made - sent }, (_, place) => given + sent + place)
        yield { type: 'delta', channel: 'answer', text: 'x'.repeat(made - sent), tokenCount: made - sent, tokenIds }
        sent = made
      } else yield { type: 'progress', phase: job.state === 'queued' ? 'queued' : 'prefill', done: 0, total: 0 }
      if (isOver) break
    }
    yield {
      type: 'end',
      finishReason: 'stop',
      usage: { promptTokens: told.promptTokens, cachedPromptTokens: 0, completionTokens: sent },
      timings: {
        queuedMs: Math.round(job.startMs - job.sentMs),
        prefillMs: Math.round(job.prefillMs),
        decodeMs: Math.round(job.decodeMs)
      },
      conversationTag: new Uint8Array(Buffer.from(String(told.conversationId)))
    }
  } finally {
    jobs.delete(job)
    if (job.state !== 'ended') work.leave(job)
    watch.look()
  }
}

function jobOf(
  provider: Provider,
  told: Told,
  { given, wayMs, sentMs }: { given: number; wayMs: number; sentMs: number }
) {
  const request: JobRequest = {
    id: told.id,
    conversationId: told.conversationId,
    model: told.model,
    isMeasured: false,
    expectedTokens: told.expectedTokens
  }
  const job: Job = {
    request,
    provider,
    promptTokens: told.promptTokens + given,
    outputTokens: Math.max(1, told.answerTokens - given),
    deliveredTokens: given,
    oneWayMs: wayMs,
    sentMs,
    state: 'sent',
    isDropped: false,
    startMs: 0,
    loadMs: 0,
    prefillMs: 0,
    decodeMs: 0,
    firstTokenAtMs: 0,
    endAtMs: 0
  }
  return job
}

/** Something has happened, once for each time it is awaited. */
class News {
  #tell: () => void = () => undefined
  #isTold = false

  tell(): void {
    this.#isTold = true
    this.#tell()
  }

  async next(): Promise<void> {
    if (!this.#isTold) {
      await new Promise<void>(resolve => {
        this.#tell = resolve
      })
    }
    this.#isTold = false
  }
}

async function pause(durationMs: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, durationMs))
}
