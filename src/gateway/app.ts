import { Hono } from 'hono'
import type { NodeControl } from '../interface/index.ts'
import { countTokensRoute } from './anthropic/count-tokens.ts'
import { messagesRoute } from './anthropic/messages.ts'
import { dialectOf } from './dialect.ts'
import { HttpFailure } from './failure.ts'
import type { Call, CallEnvironment, Gateway, GatewayLog } from './gateway.ts'
import type { KeyCheck } from './guard/api-key.ts'
import { allowOrigin, answerPreflight } from './guard/cors.ts'
import { InFlight } from './guard/in-flight.ts'
import type { ModelChanges } from './guard/model-changes.ts'
import { checkAddress, type OwnAddress } from './guard/own-address.ts'
import type { GatewayMetrics } from './metrics/gateway-metrics.ts'
import { newId } from './new-id.ts'
import { ollamaRoutes } from './ollama/routes.ts'
import { chatRoute } from './openai/chat.ts'
import { completionsRoute } from './openai/completions.ts'
import { embeddingsRoute } from './openai/embeddings.ts'
import { modelRoute, modelsRoute } from './openai/models.ts'
import { rerankRoute } from './openai/rerank.ts'
import { ItemStore } from './openai/responses/item-store.ts'
import { responsesRoute } from './openai/responses/route.ts'
import { replyFailure } from './reply.ts'
import { plainPath, type Route } from './route.ts'
import { openapiRoute } from './system/openapi.ts'
import { systemRoutes } from './system/routes.ts'

/** What the app serves, and to whom. */
export interface GatewayAppInit {
  node: NodeControl
  version: string
  own: OwnAddress
  metrics: GatewayMetrics
  /** @default everybody who passes the address check may call */
  key?: KeyCheck
  /** Who may change the models on disk. @default nobody */
  modelChanges?: ModelChanges
  /** Answers under way at once. @default 64 */
  maxInFlight?: number
  /** Silence after which a client that waits gets a sign of life. @default 10000 */
  keepAliveMs?: number
  log?: GatewayLog
}

/** Clients and what is between give up after minutes of silence; a person after less. */
const KEEP_ALIVE_MS = 10_000

const DIALECTS: readonly Route[] = [
  chatRoute,
  completionsRoute,
  responsesRoute,
  embeddingsRoute,
  rerankRoute,
  modelsRoute,
  modelRoute,
  messagesRoute,
  countTokensRoute,
  ...ollamaRoutes,
  ...systemRoutes
]

const ROUTES: readonly Route[] = [...DIALECTS, openapiRoute(DIALECTS)]

/**
 * The gateway: known dialects of HTTP over a node. Whoever serves it hands over its own response with each call, through
 * which streamed answers go.
 */
export function gatewayApp({
  node,
  version,
  own,
  metrics,
  key,
  modelChanges = 'nobody',
  maxInFlight,
  keepAliveMs = KEEP_ALIVE_MS,
  log = () => undefined
}: GatewayAppInit) {
  const inFlight = new InFlight(maxInFlight, change => metrics.inFlight(change))
  const gateway: Gateway = {
    node,
    version,
    metrics,
    inFlight,
    modelChanges,
    items: new ItemStore(),
    keepAliveMs,
    startedAtMs: Date.now(),
    log
  }
  const app = new Hono<CallEnvironment>()
  app.use(async (call, next) => {
    begin(call)
    await next()
    metrics.answered(call.get('route'), knownMethod(call.req.method), call.res.status)
  })
  app.use(async (call, next) => {
    checkAddress(call, own)
    allowOrigin(call, own.cors)
    const preflight = answerPreflight(call, own.cors)
    if (preflight !== undefined) return preflight
    await key?.check(call)
    return await next()
  })
  for (const route of ROUTES) {
    app.on(route.method.toUpperCase(), route.path, async call => {
      call.set('route', plainPath(route.path))
      return await route.handle(call, gateway)
    })
  }
  app.onError((thrown, call) => replyFailure(call, gateway, thrown))
  app.notFound(call => {
    const methods = methodsOf(call.req.path)
    if (methods.length === 0) {
      return replyFailure(call, gateway, new HttpFailure('not_found', 'there is no such path; /openapi.json lists all'))
    }
    call.header('allow', methods.join(', '))
    return replyFailure(call, gateway, new HttpFailure('method_not_allowed', `this path takes ${methods.join(', ')}`))
  })
  return app
}

function begin(call: Call): void {
  const requestId = `req_${newId()}`
  call.set('requestId', requestId)
  call.set('route', 'other')
  call.header('x-request-id', requestId)
  if (dialectOf(call.req.path, call.req.raw.headers) === 'anthropic') call.header('request-id', requestId)
  // What is answered is data, whatever a browser makes of it.
  call.header('x-content-type-options', 'nosniff')
}

/** A label must not grow with what clients make up. */
function knownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other'
}

function methodsOf(path: string): string[] {
  const found = ROUTES.filter(route => pathPattern(route.path).test(path)).map(route => route.method.toUpperCase())
  return found.includes('GET') ? [...found, 'HEAD'] : found
}

/** Hono's path as an expression, for the one question of which methods a path has. */
function pathPattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+(\{.*\})?/g, '.+')}$`)
}
