import { InvalidRequestError, type JsonSchema } from '../interface/index.ts'

/** Deeper than this, objects get their required properties only, so that a schema of trees comes to an end. */
const MAX_FULL_DEPTH = 8
/** Deeper than this, a schema that refers to itself has no end. */
const MAX_DEPTH = 64

/** A value that fits a schema of the kinds that tests use. Throws `InvalidRequestError` with `field` for others. */
export function exampleOf(schema: JsonSchema, field: string): unknown {
  const definitions = { ...record(schema.definitions), ...record(schema.$defs) }
  const fail = (problem: string): never => {
    throw new InvalidRequestError(`${field} ${problem}`, { details: { field } })
  }
  const example = (part: JsonSchema, depth: number): unknown => {
    if (depth > MAX_DEPTH) return fail('has no finite value')
    if (part.const !== undefined) return part.const
    if (Array.isArray(part.enum)) return part.enum[0]
    if (typeof part.$ref === 'string') {
      const target = definitions[part.$ref.split('/').at(-1)!]
      return target === undefined ? fail('has a $ref that points nowhere') : example(record(target), depth + 1)
    }
    for (const options of [part.oneOf, part.anyOf, part.allOf]) {
      if (Array.isArray(options)) return example(record(options[0]), depth + 1)
    }
    switch ([part.type].flat()[0]) {
      case 'object': {
        const required = new Set([part.required ?? []].flat())
        const properties = Object.entries(record(part.properties))
        const wanted = depth > MAX_FULL_DEPTH ? properties.filter(([key]) => required.has(key)) : properties
        return Object.fromEntries(wanted.map(([key, value]) => [key, example(record(value), depth + 1)]))
      }
      case 'array':
        if (depth > MAX_FULL_DEPTH && !(Number(part.minItems) > 0)) return []
        return Array.from({ length: Math.max(1, Number(part.minItems ?? 1)) }, () =>
          example(record(part.items), depth + 1)
        )
      case 'integer':
      case 'number':
        return Math.min(Number(part.maximum ?? Number.MAX_VALUE), Math.max(Number(part.minimum ?? 0), 42))
      case 'boolean':
        return true
      case 'string':
        return 'Paris'.padEnd(Number(part.minLength ?? 0), '.').slice(0, Number(part.maxLength ?? 100_000))
      case 'null':
      case undefined:
        return null
      default:
        return fail('has a type that is not known')
    }
  }
  return example(schema, 0)
}

function record(value: unknown): JsonSchema {
  return value !== null && typeof value === 'object' ? (value as JsonSchema) : {}
}
