import { z } from 'zod'
import { MAX_EMBED_INPUTS } from '../../interface/index.ts'
import { textFacts, workOnTexts } from '../answer/texts.ts'
import { newId } from '../new-id.ts'
import { replyJson } from '../reply.ts'
import { readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { callerFields, modelName } from './parameters.ts'

const document = z.union([z.string().min(1), z.strictObject({ text: z.string().min(1) })])

/** The body of `POST /v1/rerank`. A parameter that is not here is refused, never passed over. */
const rerankBody = z.strictObject({
  model: modelName,
  query: z.string().min(1),
  documents: z.array(document).min(1).max(MAX_EMBED_INPUTS),
  top_n: z.int().min(1).nullish().describe('All unless set'),
  return_documents: z.boolean().nullish().describe('false unless set'),
  user: callerFields.user
})

/** `POST /v1/rerank`, in the form that Cohere, Jina, vLLM and llama-server agree on. */
export const rerankRoute: Route = {
  method: 'post',
  path: '/v1/rerank',
  summary: 'Ranks documents by how well they answer a query, as Cohere and Jina do',
  body: rerankBody,
  answers: ['application/json'],
  async handle(call, gateway) {
    const { model, query, documents, top_n, return_documents } = await readBody(call, gateway, rerankBody)
    const texts = documents.map(entry => (typeof entry === 'string' ? entry : entry.text))
    const answer = await workOnTexts(call, gateway, {
      run: (engine, options) => engine.rerank?.({ model, query, documents: texts }, options)
    })
    const { scores, promptTokens, model: answered } = answer.result
    const results = scores
      .map((score, index) => ({
        index,
        relevance_score: score,
        ...(return_documents && { document: { text: texts[index] } })
      }))
      .sort((a, b) => b.relevance_score - a.relevance_score)
      .slice(0, top_n ?? undefined)
    return replyJson(call, gateway, {
      id: `rerank-${newId()}`,
      object: 'list',
      model: answered.name,
      results,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
      p2pai: textFacts(answer)
    })
  }
}
