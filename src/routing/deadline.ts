import { DeadlineExceededError, type GenerateOptions, timeLimit } from '../interface/index.ts'

/** The deadline bounds the search and the dialling too, not the answering alone. */
export function withDeadline<Options extends GenerateOptions>(
  options: Options,
  deadlineMs: number | undefined
): Options {
  if (deadlineMs === undefined) return options
  const over = timeLimit(deadlineMs)
  return { ...options, signal: options.signal === undefined ? over : AbortSignal.any([options.signal, over]) }
}

/** The request with the time that is left of it. Throws `DeadlineExceededError` when none is. */
export function withRemainingTime<Request extends { deadlineMs?: number }>(
  request: Request,
  startedAtMs: number
): Request {
  if (request.deadlineMs === undefined) return request
  const deadlineMs = Math.floor(request.deadlineMs - (performance.now() - startedAtMs))
  if (deadlineMs >= 1) return { ...request, deadlineMs }
  throw new DeadlineExceededError(`no answer within ${request.deadlineMs} ms`)
}
