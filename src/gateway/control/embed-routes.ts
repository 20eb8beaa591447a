import type { Context, Hono } from 'hono'
import {
  cannotDo,
  type EmbedOptions,
  type EmbedResult,
  type InferenceEngine,
  type RerankResult,
  type RouteOptions
} from '../../interface/index.ts'
import { embedBody, embedLines, rerankBody } from './embed-wire.ts'
import { lineStream } from './event-stream.ts'
import { parseCall } from './generate-schema.ts'
import { askerOf, jsonBody, LINE_HEADERS } from './work-call.ts'

/** `POST /embed` and `POST /rerank`: what is told while the work goes on, then the result, as lines. */
export function addEmbedRoutes(app: Hono, engine: InferenceEngine): void {
  app.post('/embed', async context => {
    const { request, route } = parseCall(embedBody, await jsonBody(context.req))
    if (engine.embed === undefined) throw cannotDo(request.model, 'embeddings')
    return answer(context, route, options => engine.embed!(request, options))
  })
  app.post('/rerank', async context => {
    const { request, route } = parseCall(rerankBody, await jsonBody(context.req))
    if (engine.rerank === undefined) throw cannotDo(request.model, 'rerank')
    return answer(context, route, options => engine.rerank!(request, options))
  })
}

function answer(
  context: Context,
  route: RouteOptions | undefined,
  work: (options: EmbedOptions) => Promise<EmbedResult | RerankResult>
): Response {
  const { signal, gone } = askerOf(context.req.raw)
  const lines = embedLines(onEvent => work({ signal, onEvent, ...(route && { route }) }))
  return context.body(
    lineStream(lines, line => line, gone),
    200,
    LINE_HEADERS
  )
}
