import type { z } from 'zod'
import type { Call, Gateway } from './gateway.ts'

/** One path of the gateway. The app and its OpenAPI document are both made of a list of these. */
export interface Route {
  method: 'get' | 'post' | 'delete'
  /** In Hono's form, with `:name` and `:name{pattern}`. */
  path: string
  summary: string
  /** What a POST or a DELETE takes. */
  body?: z.ZodType
  /** What comes back; several where the body decides. */
  answers: readonly ('application/json' | 'text/event-stream' | 'application/x-ndjson' | 'text/plain')[]
  handle(call: Call, gateway: Gateway): Promise<Response> | Response
}

/** A path without patterns, as OpenAPI and labels have it: `/v1/models/{id}`. */
export function plainPath(path: string): string {
  return path.replace(/:(\w+)(\{[^}]*\})?/g, '{$1}')
}
