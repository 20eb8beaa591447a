import { z } from 'zod'
import { InvalidRequestError, MAX_EMBED_INPUTS } from '../../interface/index.ts'
import { textFacts, workOnTexts } from '../answer/texts.ts'
import { replyJson } from '../reply.ts'
import { readBody } from '../request-body.ts'
import type { Route } from '../route.ts'
import { callerFields, modelName } from './parameters.ts'

const text = z.string('texts; token ids differ between models').min(1)

/** The body of `POST /v1/embeddings`. A parameter that is not here is refused, never passed over. */
const embeddingsBody = z.strictObject({
  model: modelName,
  input: z
    .union([text, z.array(text).min(1).max(MAX_EMBED_INPUTS)])
    .describe('A text that is longer than the context of the model is refused, never cut'),
  encoding_format: z.enum(['float', 'base64']).nullish().describe('base64: float32, little-endian'),
  dimensions: z.int().min(1).nullish().describe('Refused unless it is what the model has'),
  user: callerFields.user
})

/** `POST /v1/embeddings`. */
export const embeddingsRoute: Route = {
  method: 'post',
  path: '/v1/embeddings',
  summary: 'Turns texts into vectors, as OpenAI does',
  body: embeddingsBody,
  answers: ['application/json'],
  async handle(call, gateway) {
    const { model, input, encoding_format: encoding, dimensions } = await readBody(call, gateway, embeddingsBody)
    const isList = typeof input !== 'string'
    const request = { model, inputs: isList ? input : [input] }
    const answer = await workOnTexts(call, gateway, {
      run: (engine, options) => engine.embed?.(request, options),
      inputs: { name: 'input', isList }
    })
    const { vectors, promptTokens, model: answered } = answer.result
    checkDimensions(vectors[0]?.length ?? 0, dimensions, answered.name)
    return replyJson(call, gateway, {
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encoding === 'base64' ? base64Of(vector) : [...vector]
      })),
      model: answered.name,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
      p2pai: textFacts(answer)
    })
  }
}

/** A vector that is cut is worth less than one that was made short, and nobody would see it. */
function checkDimensions(length: number, wanted: number | null | undefined, model: string): void {
  if (wanted === null || wanted === undefined || wanted === length) return
  throw new InvalidRequestError(`dimensions: ${wanted} was asked for, the vectors of ${model} have ${length}`, {
    details: { field: 'dimensions' }
  })
}

function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT)
  vector.forEach((value, index) => void bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT))
  return bytes.toString('base64')
}
