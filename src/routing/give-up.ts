import {
  type Attempt,
  BusyError,
  canDo,
  cannotDo,
  errorFromCode,
  isAuto,
  ModelNotFoundError,
  type ModelTask,
  matchesModel,
  NoProviderError,
  nearestNames,
  type P2paiError,
  type ServedModel
} from '../interface/index.ts'
import type { LeftOut } from './suspects.ts'

/** One try that failed. */
export interface FailedAttempt extends Attempt {
  error: P2paiError
}

const CAN: Record<ModelTask, string> = {
  chat: 'can chat',
  images: 'reads images',
  embeddings: 'makes vectors',
  rerank: 'ranks documents',
  score: 'scores answers'
}

/** What was known when a request was given up. */
export interface KnownAtEnd {
  /** What the request wanted of a model. */
  task: ModelTask
  /** All models in reach. */
  models: readonly ServedModel[]
  /** Providers of the model that are not asked, because they failed lately. */
  leftOut: readonly LeftOut[]
}

/**
 * The error of a request that nobody could answer: `busy` if anyone was, with the shortest wait, else what the last
 * provider said; without any attempt, why nobody was asked.
 */
export function giveUpError(model: string, attempts: readonly FailedAttempt[], known: KnownAtEnd): P2paiError {
  const details = { attempts: attempts.map(({ peerId, outcome }) => ({ peerId, outcome })) }
  const busy = attempts.filter(attempt => attempt.error.code === 'busy')
  if (busy.length > 0) {
    const retryAfterMs = Math.min(...busy.map(attempt => attempt.error.details.retryAfterMs ?? 1_000))
    return new BusyError(`all ${busy.length} providers of ${model} that answered are busy`, {
      cause: busy.at(-1)?.error,
      details: { ...details, retryAfterMs }
    })
  }
  const last = attempts.at(-1)
  if (last !== undefined) {
    return withAttempts(last.error, attempts)
  }
  return whyNobodyWasAsked(model, known)
}

/** The failure, with whom the request was sent to. */
export function withAttempts(error: P2paiError, attempts: readonly FailedAttempt[]): P2paiError {
  const tried = attempts.map(({ peerId, outcome }) => ({ peerId, outcome }))
  return errorFromCode(error.code, error.message, { ...error.details, attempts: tried })
}

function whyNobodyWasAsked(model: string, { task, models, leftOut }: KnownAtEnd): P2paiError {
  const soonest = [...leftOut].sort((a, b) => a.pauseMs - b.pauseMs)[0]
  if (soonest !== undefined) {
    const who = leftOut.length === 1 ? 'its only provider' : `all its ${leftOut.length} providers; the next one`
    const when = `failed ${seconds(soonest.failedAgoMs)} s ago and is not asked before ${seconds(soonest.pauseMs)} s`
    return new NoProviderError(`no provider of ${model} may be asked now: ${who} ${when}`, {
      details: { retryAfterMs: Math.ceil(soonest.pauseMs) }
    })
  }
  if (models.length === 0) return new NoProviderError(`no provider of ${model} was found`)
  if (isAuto(model)) return new NoProviderError(`no provider of auto was found: no model in reach ${CAN[task]}`)
  const meant = models.filter(known => matchesModel(model, known))
  if (meant[0] !== undefined) {
    if (!meant.some(({ features }) => canDo(features, task))) return cannotDo(meant[0].name, task)
    return new NoProviderError(`no provider of ${model} was found that takes requests now`)
  }
  const suggestions = nearestNames(
    model,
    models.map(({ name }) => name)
  )
  return new ModelNotFoundError(`nobody in reach serves ${model}; near it are ${suggestions.join(', ')}`, {
    details: { suggestions }
  })
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000)
}
