import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import {
  InvalidRequestError,
  MAX_MEDIA_BYTES,
  MAX_REQUEST_BYTES,
  type ModelControl,
  type NodeControl,
  PayloadTooLargeError,
  toP2paiError,
  UnsupportedFeatureError
} from '../../interface/index.ts'
import { addEmbedRoutes } from './embed-routes.ts'
import { eventStream } from './event-stream.ts'
import { parseGenerateCall } from './generate-schema.ts'
import { LOG_LEVELS, type LogLevelControl } from './log-levels.ts'
import { CONTROL_BASE, VERSION_HEADER } from './wire.ts'
import { askerOf, jsonBody, LINE_HEADERS } from './work-call.ts'

/** What the app serves. */
export interface ControlAppInit {
  node: NodeControl
  version: string
  /** Begins the end of the daemon; returns at once. */
  stop(): void
  /** What is written down. @default nothing that could be changed */
  logLevels?: LogLevelControl
}

const logLevelBody = z.object({ level: z.enum(LOG_LEVELS), part: z.string().max(100).optional() })

/** JSON escapes can make a request several times longer than its text. */
const MAX_BODY_BYTES = 8 * MAX_REQUEST_BYTES + Math.ceil((MAX_MEDIA_BYTES * 4) / 3)

/** The daemon's control interface: what the command asks, as HTTP. Knows nothing of sockets. */
export function controlApp({ node, version, stop, logLevels }: ControlAppInit): Hono {
  const app = new Hono().basePath(CONTROL_BASE)
  app.use(async (context, next) => {
    await next()
    context.header(VERSION_HEADER, version)
  })
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => {
        throw new PayloadTooLargeError(`the request is larger than ${MAX_BODY_BYTES} bytes`)
      }
    })
  )
  app.onError((thrown, context) => {
    const error = toP2paiError(thrown)
    context.header(VERSION_HEADER, version)
    return context.json({ error: error.toJSON() }, error.httpStatus as ContentfulStatusCode)
  })
  app.notFound(context => {
    const error = new InvalidRequestError(`there is no ${context.req.method} ${context.req.path}`)
    return context.json({ error: error.toJSON() }, 404)
  })

  app.get('/version', context => context.json({ version, pid: process.pid, peerId: node.peerId }))
  app.get('/status', context => context.json(node.status()))
  app.get('/peers', context => context.json({ peers: node.peers() }))
  app.get('/peers/:name', context => context.json({ peer: node.peer(context.req.param('name')) }))
  app.get('/models', async context => context.json({ models: await node.models(), local: await node.localModels() }))
  app.get('/discovery', context => context.json(node.discovery()))
  app.get('/engine', async context =>
    context.json({ models: await node.engine.models(), status: node.engine.status() })
  )
  app.post('/peers/connect', async context => {
    const { address } = parse(z.object({ address: z.string().min(1) }), await jsonBody(context.req))
    return context.json({ peer: await node.connect(address) })
  })
  app.post('/models/unload', async context => {
    const { model } = parse(z.object({ model: z.string().min(1) }), await jsonBody(context.req))
    return context.json({ model: await managed(node).unload(model) })
  })
  app.post('/models/refresh', async context => {
    await managed(node).refresh()
    return context.json({})
  })
  app.get('/log-levels', context => context.json({ levels: logLevels?.read() ?? {} }))
  app.post('/log-levels', async context => {
    const { level, part } = parse(logLevelBody, await jsonBody(context.req))
    if (logLevels === undefined) throw new UnsupportedFeatureError('this node keeps no log')
    logLevels.set(level, part)
    return context.json({ levels: logLevels.read() })
  })
  app.post('/ping', async context => {
    const { peer } = parse(z.object({ peer: z.string().min(1) }), await jsonBody(context.req))
    return context.json(await node.ping(peer))
  })
  app.post('/generate', async context => {
    const { request, route } = parseGenerateCall(await jsonBody(context.req))
    const { signal, gone } = askerOf(context.req.raw)
    const events = node.engine.generate(request, { signal, ...(route && { route }) })
    return context.body(eventStream(events, gone), 200, LINE_HEADERS)
  })
  addEmbedRoutes(app, node.engine)
  app.post('/stop', context => context.body(farewellStream(stop), 202, LINE_HEADERS))
  return app
}

function managed({ modelControl }: NodeControl): ModelControl {
  if (modelControl !== undefined) return modelControl
  throw new UnsupportedFeatureError('this node manages no models')
}

/**
 * One line that is written before the end begins, then nothing: the stream stays open until the daemon is gone, which
 * is how the asker learns of it.
 */
function farewellStream(stop: () => void): ReadableStream<Uint8Array> {
  let said = false
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (said) return stop()
        said = true
        controller.enqueue(new TextEncoder().encode(`${JSON.stringify({ pid: process.pid })}\n`))
      }
    },
    { highWaterMark: 0 }
  )
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const field = parsed.error.issues[0]?.path.join('.') || 'body'
  throw new InvalidRequestError(`${field} is missing or not a text`, { details: { field } })
}
