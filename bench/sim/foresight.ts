import { expectedWait, type WorkItem } from '../../src/interface/index.ts'
import { MODEL_SIZE, MODEL_SPEED } from './devices.ts'
import { generatedTokens, type Job, msPerToken } from './job.ts'
import type { Provider } from './provider.ts'
import { expectedService, realService } from './service.ts'

/** Mean answer of the workload, which the guide's providers know. */
export const MEAN_TOKENS = 230
const MEAN_PROMPT_TOKENS = 400
/** However long an answer is already, this share of the mean is expected to follow. */
const LEAST_LEFT = 0.35
/** What a provider whose models are all in use adds for each queued request. */
const QUEUED_BLOCKED_MS = 2_000

/** How long a new request of a model would wait for a slot; without a model, a typical one. */
export type Foresight = (provider: Provider, nowMs: number, model?: number) => number

/** As the guide's providers: every answer has the mean length, or a bit more when it is longer already. */
export const guideForesight: Foresight = (provider, nowMs, model) => {
  const { device, active, queue } = provider
  const isBlocked = model !== undefined && !provider.canLoad(model)
  const free = device.slots - active.length
  if (!isBlocked && queue.length < free) return 0
  const ends = active.map(job => {
    const expectedMs = job.startMs + job.loadMs + job.prefillMs + msPerToken(job) * MEAN_TOKENS
    return Math.max(nowMs + LEAST_LEFT * MEAN_TOKENS * msPerToken(job), expectedMs)
  })
  if (isBlocked) return Math.max(nowMs, ...ends) - nowMs + QUEUED_BLOCKED_MS * queue.length
  for (let slot = 0; slot < free; slot++) ends.push(nowMs)
  for (const job of queue) addToFirst(ends, typicalMs(provider, job.request.model, nowMs))
  return Math.max(0, Math.min(...ends) - nowMs)
}

/** As it ships: what is running and queued is played through with the lengths learnt so far. */
export const shippedForesight: Foresight = (provider, nowMs, model) => {
  const { device, active, queue } = provider
  const running = active.map(job => runningWork(job, nowMs))
  const queued = queue.map(job => queuedWork(provider, job, nowMs))
  // Models differ in the work that their requests are, hardly in the spread of the lengths around what is expected.
  const spread = provider.spreads[model ?? active[0]?.request.model ?? 0]!
  if (model !== undefined && !provider.canLoad(model)) {
    const ends = running.map(work => work.beforeMs + work.msPerUnit * spread.meanRemaining(work))
    return Math.max(0, ...ends) + QUEUED_BLOCKED_MS * queue.length
  }
  return expectedWait({ slots: device.slots, running, queued }, spread).meanMs
}

/** With the real lengths and the real luck of all work ahead. */
export const trueForesight: Foresight = (provider, nowMs, model) => {
  const { device, active, queue } = provider
  const isBlocked = model !== undefined && !provider.canLoad(model)
  const free = device.slots - active.length
  if (!isBlocked && queue.length === 0 && free > 0) return 0
  const ends = active.map(job => job.endAtMs)
  const lastMs = Math.max(nowMs, ...ends)
  for (let slot = 0; slot < free; slot++) ends.push(nowMs)
  for (const job of queue) addToFirst(ends, realMs(provider, job, nowMs))
  const firstFreeMs = Math.min(...ends) - nowMs
  return Math.max(0, isBlocked ? Math.max(lastMs - nowMs, firstFreeMs) : firstFreeMs)
}

function addToFirst(ends: number[], durationMs: number): void {
  const first = ends.indexOf(Math.min(...ends))
  ends[first] = ends[first]! + durationMs
}

function typicalMs(provider: Provider, model: number, nowMs: number): number {
  const { device } = provider
  const speed = provider.speed(nowMs, provider.active.length) * MODEL_SPEED[model]!
  const loadMs = provider.warm.has(model) ? 0 : device.loadMs * MODEL_SIZE[model]!
  return (
    loadMs + (1_000 * MEAN_TOKENS) / (device.decode * speed) + (1_000 * MEAN_PROMPT_TOKENS) / (device.prefill * speed)
  )
}

function inputOf(provider: Provider, job: Job) {
  return {
    promptTokens: job.promptTokens,
    outputTokens: job.outputTokens,
    cachedTokens: provider.cachedTokens(job.request.conversationId, job.promptTokens),
    isWarm: provider.warm.has(job.request.model),
    others: provider.device.slots - 1
  }
}

function realMs(provider: Provider, job: Job, nowMs: number): number {
  const { loadMs, prefillMs, decodeMs } = realService(provider, job.request, inputOf(provider, job), nowMs)
  return loadMs + prefillMs + decodeMs
}

/** Lengths count from the start of the answer, so what others delivered of it counts as done. */
function lengthOf({ request, deliveredTokens }: Job, generated: number) {
  const { expectedTokens, maxTokens } = request
  return { expected: expectedTokens, done: deliveredTokens + generated, ...(maxTokens && { most: maxTokens }) }
}

function runningWork(job: Job, nowMs: number): WorkItem {
  const beforeMs = Math.max(0, job.startMs + job.loadMs + job.prefillMs - nowMs)
  return { ...lengthOf(job, generatedTokens(job, nowMs)), beforeMs, msPerUnit: msPerToken(job) }
}

function queuedWork(provider: Provider, job: Job, nowMs: number): WorkItem {
  const input = { ...inputOf(provider, job), outputTokens: 1 }
  const { loadMs, prefillMs, decodeMs } = expectedService(provider, job.request.model, input, nowMs)
  return { ...lengthOf(job, 0), beforeMs: loadMs + prefillMs, msPerUnit: decodeMs }
}
