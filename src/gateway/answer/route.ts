import type { z } from 'zod'
import { type DeltaEvent, type EndEvent, mediaBytes } from '../../interface/index.ts'
import { failureOf } from '../failure.ts'
import type { Call, Gateway } from '../gateway.ts'
import { newId } from '../new-id.ts'
import { logUnforeseen, replyJson } from '../reply.ts'
import { MAX_IMAGE_BODY_BYTES, readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { type Ask, Generation } from './generation.ts'
import { AnswerParts, type BegunWriter } from './parts.ts'
import { SENT_IN_PARTS, sendParts } from './send-parts.ts'
import { collect, type Head, type Whole } from './whole.ts'
import type { AnswerWriter, StreamForm } from './writer.ts'

/** As long as a provider waits for a reader that stands still. */
const STALL_MS = 30_000

/** A path that answers prompts, in one dialect. */
export interface AnswerRouteInit<S extends z.ZodType> {
  path: string
  summary: string
  body: S
  form: StreamForm
  /** The client's request, as engines take it. Throws `InvalidRequestError`. */
  read(body: z.output<S>, gateway: Gateway): Ask
  /** Answers a body that asks for something else than an answer; undefined for one that does not. @default none does */
  instead?(body: z.output<S>, gateway: Gateway): Promise<object> | undefined
  /** A whole answer as JSON. */
  whole(head: Head, whole: Whole, body: z.output<S>, gateway: Gateway): unknown
  /** A streamed answer. `call` has what belongs to this one request. */
  writer(head: Head, body: z.output<S>, call: { requestId: string; gateway: Gateway }): AnswerWriter
}

/** Makes the route: reads the body, asks the engine, and answers plain or as a stream. */
export function answerRoute<S extends z.ZodType>(init: AnswerRouteInit<S>): Route {
  return {
    method: 'post',
    path: init.path,
    summary: init.summary,
    body: init.body,
    answers: ['application/json', init.form.contentType],
    async handle(call, gateway) {
      const body = await readBody(call, gateway, init.body, MAX_IMAGE_BODY_BYTES)
      const other = init.instead?.(body, gateway)
      if (other !== undefined) return replyJson(call, gateway, await other)
      const ask = init.read(body, gateway)
      const thinkers = ask.thinks === undefined ? undefined : await thinkersOf(gateway)
      const leave = gateway.inFlight.enter(mediaBytes(ask.request.messages))
      const generation = new Generation(gateway.node.engine, ask, leave, thinkers)
      const gone = (): void => generation.stop()
      call.req.raw.signal.addEventListener('abort', gone, { once: true })
      if (call.req.raw.signal.aborted) gone()
      const answer = { call, gateway, generation, body, init, startedAtMs: performance.now() }
      try {
        return ask.stream ? await streamed(answer) : await plain(answer)
      } catch (error) {
        generation.stop()
        throw error
      }
    }
  }
}

interface Answer<S extends z.ZodType> {
  call: Call
  gateway: Gateway
  generation: Generation
  body: z.output<S>
  init: AnswerRouteInit<S>
  startedAtMs: number
}

async function plain<S extends z.ZodType>({ call, gateway, generation, body, init, startedAtMs }: Answer<S>) {
  const onFirst = (): void => gateway.metrics.firstToken(call.get('route'), performance.now() - startedAtMs)
  const whole = await collect(generation, onFirst)
  const head = headOf(generation, gateway)
  const written = init.whole(head, whole, body, gateway)
  gateway.metrics.ended(call.get('route'), whole.end)
  call.header('x-p2pai-peer', head.peerId)
  return replyJson(call, gateway, written)
}

/** Until the first token an error is an honest status line, so that is awaited, but no longer than clients stand. */
async function streamed<S extends z.ZodType>({ call, gateway, generation, body, init, startedAtMs }: Answer<S>) {
  const { form } = init
  const { keepAliveMs } = gateway
  const route = call.get('route')
  const head = headOf(generation, gateway)
  const writer = () => init.writer(head, body, { requestId: call.get('requestId'), gateway })
  const begin = (): BegunWriter => {
    const begun = writer()
    return { writer: begun, begin: begun.begin() }
  }
  let begun: BegunWriter | undefined
  // While the model reads the prompt. Another provider may still take over, and then it begins anew.
  generation.onAccepted = () => {
    begun = begin()
  }
  const first = await generation.next(keepAliveMs)
  // Who waits long is told who has taken the request.
  if (generation.accepted !== undefined) call.header('x-p2pai-peer', head.peerId)
  let isFirst = true
  const parts = new AnswerParts({
    generation,
    first,
    begun: () => begun ?? begin(),
    writer,
    keepAlive: () => form.keepAlive(generation.model),
    keepAliveMs,
    onEvent(event: DeltaEvent | EndEvent) {
      if (isFirst) gateway.metrics.firstToken(route, performance.now() - startedAtMs)
      isFirst = false
      if (event.type === 'end') gateway.metrics.ended(route, event)
    },
    onFailure(error) {
      const { code, attempts } = failureOf(error)
      gateway.metrics.refused(route, code, attempts)
      logUnforeseen(call, gateway, error)
    },
    onOver: bytes => gateway.metrics.sent(route, bytes)
  })
  const headers = { 'content-type': form.contentType, 'cache-control': 'no-cache' }
  const { outgoing } = call.env
  outgoing.writeHead(200, Object.fromEntries(call.body(null, 200, headers).headers))
  // Otherwise the head leaves with the first part.
  if (first === undefined) outgoing.flushHeaders()
  void sendParts(outgoing, parts, STALL_MS)
  return SENT_IN_PARTS
}

/** Model and peer are those of now: another provider may go on with the answer. */
function headOf(generation: Generation, { node }: Gateway): Head {
  return {
    id: newId(),
    createdMs: Date.now(),
    get model() {
      return generation.accepted?.model ?? { name: '', digest: '' }
    },
    get peerId() {
      return generation.accepted?.provider?.peerId ?? node.peerId
    }
  }
}

/** By digest, whether a model in reach reasons. */
async function thinkersOf({ node }: Gateway): Promise<ReadonlyMap<string, boolean>> {
  const models = await node.engine.models()
  return new Map(models.map(({ digest, features }) => [digest, features.thoughts === true]))
}
