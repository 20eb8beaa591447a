import { z } from 'zod'
import { MAX_TOOLS, type ResponseFormat, type Tool, type ToolChoice } from '../../interface/index.ts'

/** A JSON schema as clients send it; engines bound it. */
export const jsonSchema = z.record(z.string(), z.unknown())

/** What both OpenAI endpoints say of a function. */
export const functionFields = {
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  parameters: jsonSchema.nullish(),
  strict: z.boolean().nullish().describe('Engines that take tools hold arguments to their schema, asked for or not')
}

/** `tools` of `POST /v1/chat/completions`. */
export const chatTools = z
  .array(z.strictObject({ type: z.literal('function'), function: z.strictObject(functionFields) }))
  .max(MAX_TOOLS)

/** `tool_choice` of `POST /v1/chat/completions`. */
export const chatToolChoice = z.union([
  z.enum(['auto', 'none', 'required']),
  z.strictObject({ type: z.literal('function'), function: z.strictObject({ name: z.string().min(1) }) })
])

/** `response_format` of `POST /v1/chat/completions`. */
export const chatResponseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.strictObject({
      name: z.string(),
      description: z.string().nullish(),
      schema: jsonSchema,
      strict: z.boolean().nullish().describe('Answers are always held to the schema')
    })
  })
])

/** A function as engines take it. */
export function readTool(tool: {
  name: string
  description?: string | null
  parameters?: Tool['parameters'] | null
}): Tool {
  const { name, description, parameters } = tool
  return { name, description: description ?? '', parameters: parameters ?? { type: 'object', properties: {} } }
}

/** `tool_choice` as engines take it. */
export function readToolChoice(choice: z.output<typeof chatToolChoice> | null | undefined): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined
  return typeof choice === 'string' ? choice : { name: choice.function.name }
}

/** `response_format` as engines take it. */
export function readResponseFormat(
  format: z.output<typeof chatResponseFormat> | null | undefined
): ResponseFormat | undefined {
  if (format === null || format === undefined) return undefined
  if (format.type === 'json_schema') return { type: 'json_schema', schema: format.json_schema.schema }
  return { type: format.type === 'json_object' ? 'json' : 'text' }
}
