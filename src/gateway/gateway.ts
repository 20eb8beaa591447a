import type { ServerResponse } from 'node:http'
import type { Context } from 'hono'
import type { NodeControl } from '../interface/index.ts'
import type { InFlight } from './guard/in-flight.ts'
import type { ModelChanges } from './guard/model-changes.ts'
import type { GatewayMetrics } from './metrics/gateway-metrics.ts'
import type { ItemStore } from './openai/responses/item-store.ts'

/** Tells of what happens, for the node's log. Never given content. */
export type GatewayLog = (level: 'info' | 'warn' | 'error', event: string, fields?: Record<string, unknown>) => void

/** What every route works with. */
export interface Gateway {
  node: NodeControl
  version: string
  /** When the gateway began, milliseconds since 1970: the age of models whose own age nobody knows. */
  startedAtMs: number
  metrics: GatewayMetrics
  inFlight: InFlight
  modelChanges: ModelChanges
  /** What answers of `/v1/responses` were made of, for who names it by its id. */
  items: ItemStore
  /** Silence after which a client that waits gets a sign of life. */
  keepAliveMs: number
  log: GatewayLog
}

/** What is known of a call besides its request. */
export interface CallFacts {
  requestId: string
  /** The route's path with its placeholders, or `other`: bounded, so that it can be a label. */
  route: string
}

/** What a server hands over with a call, and what is found out about it. */
export interface CallEnvironment {
  Bindings: { outgoing: ServerResponse }
  Variables: CallFacts
}

/** A call as routes get it. */
export type Call = Context<CallEnvironment>
