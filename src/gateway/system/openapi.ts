import { z } from 'zod'
import { replyJson } from '../reply.ts'
import { plainPath, type Route } from '../route.ts'

/** `GET /openapi.json`, made of the routes themselves and of the schemas that check their bodies. */
export function openapiRoute(routes: readonly Route[]): Route {
  const route: Route = {
    method: 'get',
    path: '/openapi.json',
    summary: 'This description',
    answers: ['application/json'],
    handle: (call, gateway) => replyJson(call, gateway, openapiDocument([...routes, route], gateway.version))
  }
  return route
}

/** The document, in OpenAPI 3.1. */
export function openapiDocument(routes: readonly Route[], version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'p2pai',
      version,
      description: 'AI inference over a peer-to-peer network, in the dialects of known clients.'
    },
    paths: Object.fromEntries(routes.map(route => [plainPath(route.path), { [route.method]: operation(route) }]))
  }
}

function operation({ path, summary, body, answers }: Route) {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' }
  }))
  return {
    summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: {
      200: { description: 'The answer', content: Object.fromEntries(answers.map(type => [type, {}])) },
      default: { description: "A failure, in the dialect's own form", content: { 'application/json': {} } }
    }
  }
}

function schemaOf(schema: z.ZodType) {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' })
  return rest
}
