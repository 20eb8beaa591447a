import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { PullProgress } from '../../interface/index.ts'
import { failureOf } from '../failure.ts'
import type { Call, Gateway } from '../gateway.ts'
import { modelControlFor } from '../guard/model-changes.ts'
import { logUnforeseen, replyJson } from '../reply.ts'
import { readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { LINES, line } from './answer.ts'
import { ollamaError } from './error-body.ts'
import { isNamed, NOT_NAMED, nameOf } from './schema.ts'

/** A name of the catalog, or a place on the hub. Files and addresses are for who sits at the machine. */
const NAME =
  /^(?:(?:hf:|hf\.co\/|huggingface\.co\/)[\w.-]+(?:\/[\w.+-]+){1,6}(?::[\w.-]+)?|(?!hf:|.*\.gguf$)[a-z0-9][\w.-]*(?::[\w.-]+)?)$/i
const wanted = z
  .string()
  .max(300)
  .refine(name => name === '' || NAME.test(name), 'is neither a name such as smollm2:135m nor hf:owner/name')

const pullBody = z
  .strictObject({
    model: wanted.optional(),
    name: wanted.optional(),
    stream: z.boolean().optional().describe('true unless set'),
    insecure: z.literal(false, 'every file is checked').optional(),
    username: z.literal('', 'this is not for registries with accounts').optional(),
    password: z.literal('', 'this is not for registries with accounts').optional()
  })
  .refine(isNamed, NOT_NAMED)

/** Lines come no faster than a person sees. */
const LINE_EVERY_MS = 100
/** A client that hears nothing for minutes gives up. */
const KEEP_ALIVE_MS = 10_000

/** `POST /api/pull`. A client that leaves ends the download; what was fetched is kept for the next try. */
export const pullRoute: Route = {
  method: 'post',
  path: '/api/pull',
  summary: 'Gets a model onto this machine, as ollama does; from here, or with an API key',
  body: pullBody,
  answers: ['application/json', LINES],
  async handle(call, gateway) {
    const control = modelControlFor(call, gateway)
    const body = await readBody(call, gateway, pullBody)
    const { stream = true } = body
    const name = nameOf(body)
    const leave = gateway.inFlight.enter()
    const left = new AbortController()
    const signal = AbortSignal.any([left.signal, call.req.raw.signal])
    const news = new News()
    const over = control.pull(name, { signal, onProgress: progress => news.tell(progress) }).finally(leave)
    if (stream) return streamed(call, gateway, pullLines(over, news), () => left.abort())
    await over
    return replyJson(call, gateway, { status: 'success' })
  }
}

function streamed(call: Call, gateway: Gateway, lines: AsyncGenerator<string, unknown>, leave: () => void): Response {
  const route = call.get('route')
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await lines.next()
        if (done && value === undefined) return controller.close()
        if (done) {
          gateway.metrics.refused(route, failureOf(value).code)
          logUnforeseen(call, gateway, value)
        }
        const bytes = encoder.encode(done ? line(ollamaError(failureOf(value))) : value)
        gateway.metrics.sent(route, bytes.byteLength)
        controller.enqueue(bytes)
        if (done) controller.close()
      },
      cancel: leave
    },
    { highWaterMark: 0 }
  )
  return call.body(body, 200, { 'content-type': LINES, 'transfer-encoding': 'chunked' })
}

/** The last that is known of a download, and word of it. */
class News {
  #latest: PullProgress | undefined
  #word = Promise.withResolvers<void>()

  tell(progress: PullProgress): void {
    this.#latest = progress
    this.#word.resolve()
  }

  /** Ends when there is something new. */
  get word(): Promise<void> {
    return this.#word.promise
  }

  /** What is new, once. */
  take(): PullProgress | undefined {
    const latest = this.#latest
    this.#latest = undefined
    this.#word = Promise.withResolvers()
    return latest
  }
}

/** What ollama's clients expect to read; returns what the download failed with, if it did. */
async function* pullLines(over: Promise<unknown>, news: News): AsyncGenerator<string, unknown> {
  let isOver = false
  const end = over.then(
    () => undefined,
    (error: unknown) => ({ error })
  )
  const ended = end.then(() => {
    isOver = true
  })
  let said: object = { status: 'pulling manifest' }
  yield line(said)
  while (!isOver) {
    const quiet = new AbortController()
    const silence = delay(KEEP_ALIVE_MS, undefined, { signal: quiet.signal }).catch(() => undefined)
    await Promise.race([ended, news.word, silence])
    quiet.abort()
    const progress = news.take()
    if (progress !== undefined) said = statusOf(progress)
    // Said again it is a sign of life.
    if (progress !== undefined || !isOver) yield line(said)
    await Promise.race([ended, delay(LINE_EVERY_MS)])
  }
  const failed = await end
  if (failed !== undefined) return failed.error
  yield line({ status: 'success' })
  return undefined
}

function statusOf({ phase, doneBytes, totalBytes, digest }: PullProgress): object {
  if (phase === 'waiting') return { status: 'waiting for another download of the same file' }
  if (phase === 'checking') return { status: 'verifying sha256 digest' }
  const named = digest === undefined ? {} : { digest: `sha256:${digest}` }
  return { status: `pulling ${digest?.slice(0, 12) ?? 'model'}`, ...named, total: totalBytes, completed: doneBytes }
}
