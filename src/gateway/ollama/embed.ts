import { z } from 'zod'
import { type EmbedRequest, type EmbedResult, MAX_EMBED_INPUTS } from '../../interface/index.ts'
import { type TextAnswer, textFacts, workOnTexts } from '../answer/texts.ts'
import type { Call, Gateway } from '../gateway.ts'
import { replyJson } from '../reply.ts'
import { readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { NANOSECONDS_PER_MS } from './answer.ts'
import { keepAlive, kept, modelName } from './schema.ts'

const shared = {
  model: modelName,
  keep_alive: keepAlive,
  options: z.strictObject({}, 'vectors have no options').nullish()
}
const text = z.string().min(1)

const embedBody = z.strictObject({
  ...shared,
  input: z.union([text, z.array(text).min(1).max(MAX_EMBED_INPUTS)]),
  truncate: z.literal(false, 'a text is never cut').optional()
})

const embeddingsBody = z.strictObject({ ...shared, prompt: text })

/** The two ways in which ollama's clients ask for vectors. */
export const embedRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/api/embed',
    summary: 'Turns texts into vectors, as ollama does; a text longer than the context is refused, never cut',
    body: embedBody,
    answers: ['application/json'],
    async handle(call, gateway) {
      const { model, input, keep_alive } = await readBody(call, gateway, embedBody)
      const isList = typeof input !== 'string'
      const inputs = isList ? input : [input]
      const answer = await embedded(call, gateway, { model, inputs, ...kept(keep_alive) }, { name: 'input', isList })
      const { vectors, promptTokens, model: answered } = answer.result
      return replyJson(call, gateway, {
        model: answered.name,
        embeddings: vectors.map(vector => [...vector]),
        total_duration: Math.round(answer.durationMs * NANOSECONDS_PER_MS),
        load_duration: 0,
        prompt_eval_count: promptTokens,
        p2pai: textFacts(answer)
      })
    }
  },
  {
    method: 'post',
    path: '/api/embeddings',
    summary: "Turns one text into a vector, as ollama's older clients ask",
    body: embeddingsBody,
    answers: ['application/json'],
    async handle(call, gateway) {
      const { model, prompt, keep_alive } = await readBody(call, gateway, embeddingsBody)
      const answer = await embedded(
        call,
        gateway,
        { model, inputs: [prompt], ...kept(keep_alive) },
        { name: 'prompt', isList: false }
      )
      return replyJson(call, gateway, { embedding: [...answer.result.vectors[0]!], p2pai: textFacts(answer) })
    }
  }
]

async function embedded(
  call: Call,
  gateway: Gateway,
  request: EmbedRequest,
  inputs: { name: string; isList: boolean }
): Promise<TextAnswer<EmbedResult>> {
  return await workOnTexts(call, gateway, { run: (engine, options) => engine.embed?.(request, options), inputs })
}
