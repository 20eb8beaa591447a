import { z } from 'zod'
import { type GenerateRequest, InvalidRequestError, type RouteOptions } from '../../interface/index.ts'
import { requestFromWire, type WireRequest } from './wire.ts'

const part = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('media'), mediaType: z.string(), data: z.base64() })
])

const toolCall = z.looseObject({ id: z.string(), name: z.string(), arguments: z.string() })

const message = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  parts: z.array(part),
  toolCalls: z.array(toolCall).optional(),
  toolCallId: z.string().optional()
})

const jsonSchema = z.record(z.string(), z.unknown())

/** Who may answer, in every call that asks for work. */
export const routeSchema = z
  .looseObject({
    peer: z.string().optional(),
    deny: z.array(z.string()).optional(),
    local: z.boolean().optional(),
    audit: z.boolean().optional(),
    discoveryTimeoutMs: z.number().min(0).optional(),
    maxPricePerKiloToken: z.number().min(0).optional(),
    budgetPerDay: z.number().min(0).optional(),
    policy: z.string().optional()
  })
  .optional()

/** The shape alone. Ranges and sizes are the engine's to judge, with `validateRequest`. */
const generateBody = z.object({
  request: z.looseObject({
    model: z.string(),
    messages: z.array(message),
    maxTokens: z.number().optional(),
    maxThoughtTokens: z.number().optional(),
    parallelToolCalls: z.boolean().optional(),
    sampling: z.record(z.string(), z.number()).optional(),
    stop: z.array(z.string()).optional(),
    tools: z.array(z.looseObject({ name: z.string(), description: z.string(), parameters: jsonSchema })).optional(),
    toolChoice: z.union([z.enum(['auto', 'none', 'required']), z.looseObject({ name: z.string() })]).optional(),
    responseFormat: z
      .discriminatedUnion('type', [
        z.looseObject({ type: z.literal('text') }),
        z.looseObject({ type: z.literal('json') }),
        z.looseObject({ type: z.literal('json_schema'), schema: jsonSchema })
      ])
      .optional(),
    logprobs: z.number().optional(),
    sessionId: z.string().optional(),
    conversationTag: z.base64().optional(),
    deadlineMs: z.number().optional(),
    acceptIf: z.record(z.string(), z.number()).optional(),
    resume: z.looseObject({ text: z.string(), tokenIds: z.array(z.number()), digest: z.string() }).optional()
  }),
  route: routeSchema
})

/** What `POST /generate` takes. */
export interface GenerateCall {
  request: GenerateRequest
  route?: RouteOptions
}

/** Checks the body of `POST /generate`. Throws `InvalidRequestError` that names the field. */
export function parseGenerateCall(body: unknown): GenerateCall {
  const { request, route } = parseCall(generateBody, body)
  return { request: requestFromWire(request as WireRequest), ...(route && { route: route as RouteOptions }) }
}

/** Checks the body of a call that asks for work. Throws `InvalidRequestError` that names the field. */
export function parseCall<Call>(schema: z.ZodType<Call>, body: unknown): Call {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue?.path.filter(step => step !== 'request').join('.') || 'body'
  throw new InvalidRequestError(`${field}: ${issue?.message ?? 'is not valid'}`, { details: { field } })
}
