import { InvalidRequestError, type JsonSchema, MAX_SCHEMA_DEPTH } from '../../../interface/index.ts'

const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])
/** Keywords that say nothing about the value. */
const NOTES = new Set(['$schema', '$id', '$comment', 'title', 'description', 'default', 'examples', 'deprecated'])
/** Keywords that the grammar enforces, or that this file turns into ones that it does. */
const ENFORCED = new Set([
  ...['type', 'const', 'enum', 'oneOf', 'anyOf', 'allOf', '$ref', '$defs', 'definitions', 'format', 'minLength'],
  ...['maxLength', 'properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties', 'items'],
  ...['prefixItems', 'minItems', 'maxItems', 'minimum', 'maximum']
])
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']
/** llama.cpp unrolls repetitions; more would cost seconds of parsing. */
const MAX_REPETITIONS = 1000
const FORMATS = new Set(['date-time', 'time', 'date'])
const ANY: JsonSchema = {
  oneOf: [
    { type: 'object', additionalProperties: true },
    { type: 'array' },
    { type: ['string', 'number', 'boolean', 'null'] }
  ]
}

/** The schema of `json`: any object. */
export const ANY_OBJECT: JsonSchema = { type: 'object', additionalProperties: true }

/**
 * Brings a JSON schema into the form that the grammar understands, and refuses what it would not enforce: an answer
 * is bound to the whole schema or not made. Throws `InvalidRequestError` with the field `response_format.schema`.
 */
export function enforceableSchema(schema: JsonSchema): JsonSchema {
  return convertWhole(schema)
}

/**
 * What the grammar of all tools of a request may cost, as its schemas are long: 32 KiB take at most 0.3 s of the
 * process that runs the model, on one core. Twenty common tools take 8 KiB.
 */
export class GrammarBudget {
  #repetitions = 20_000
  #length = 32 << 10

  /** Whether a repetition of this many may be unrolled. */
  takeRepetitions(count: number): boolean {
    if (count > Math.min(MAX_REPETITIONS, this.#repetitions)) return false
    this.#repetitions -= count
    return true
  }

  /** Whether another schema of this length may be bound. */
  takeLength(length: number): boolean {
    if (length > this.#length) return false
    this.#length -= length
    return true
  }
}

/**
 * The same for the arguments of a tool, which are always an object: what a grammar cannot enforce or afford is left
 * out, because its caller checks the arguments of a call anyway, and a request with such a tool is not refused.
 */
export function bindableSchema(schema: JsonSchema, budget: GrammarBudget): JsonSchema {
  const isBare = ['type', 'oneOf', 'anyOf', 'allOf', '$ref'].every(key => schema[key] === undefined)
  const converted = convertWhole(isBare ? { ...schema, type: 'object' } : schema, budget)
  const $defs = (converted.$defs ?? {}) as Record<string, JsonSchema>
  const isObject = ({ type, oneOf, $ref }: JsonSchema, depth = 0): boolean => {
    if (depth > MAX_SCHEMA_DEPTH) return false
    if (Array.isArray(oneOf)) return oneOf.every(option => isObject(option, depth + 1))
    if (typeof $ref === 'string') return isObject($defs[$ref.slice('#/$defs/'.length)] ?? {}, depth + 1)
    return type === 'object'
  }
  return isObject(converted) && budget.takeLength(JSON.stringify(converted).length) ? converted : ANY_OBJECT
}

/** Where a part of a schema stands. */
interface Scope {
  definitions: ReadonlySet<string>
  /** Leave out what cannot be enforced, and count what can. */
  budget?: GrammarBudget | undefined
}

function convertWhole(schema: JsonSchema, budget?: GrammarBudget): JsonSchema {
  const definitions = record(schema.$defs ?? schema.definitions ?? {}, '$defs')
  const scope: Scope = { definitions: new Set(Object.keys(definitions)), budget }
  const converted = convert(schema, scope)
  const $defs = Object.fromEntries(Object.entries(definitions).map(([name, value]) => [name, convert(value, scope)]))
  return Object.keys($defs).length > 0 ? { ...converted, $defs } : converted
}

function convert(value: unknown, scope: Scope): JsonSchema {
  if (scope.budget === undefined) return convertPart(value, scope)
  try {
    return convertPart(value === true ? true : relaxed(record(value, 'a part'), scope.budget), scope)
  } catch (error) {
    if (error instanceof InvalidRequestError) return ANY
    throw error
  }
}

/** A part without keywords that cannot be enforced. */
function relaxed(schema: JsonSchema, budget: GrammarBudget): JsonSchema {
  const kept = Object.entries(schema).filter(([key, value]) => {
    if (COUNTS.includes(key))
      return Number.isSafeInteger(value) && Number(value) >= 0 && budget.takeRepetitions(Number(value))
    if (key === 'format') return FORMATS.has(String(value)) && (schema.minLength ?? schema.maxLength) === undefined
    return ENFORCED.has(key) && key !== 'minimum' && key !== 'maximum'
  })
  return Object.fromEntries(kept)
}

function convertPart(value: unknown, scope: Scope): JsonSchema {
  if (value === true) return ANY
  const schema = record(value, 'a part')
  checkKeywords(schema)
  const { definitions } = scope
  const each = (list: unknown) => array(list).map(entry => convert(entry, scope))
  if (schema.$ref !== undefined) return reference(schema.$ref, definitions)
  if (schema.const !== undefined) return { const: literal(schema.const) }
  if (schema.enum !== undefined) return { enum: array(schema.enum).map(literal) }
  const options = schema.oneOf ?? schema.anyOf
  if (options !== undefined) return { oneOf: each(options) }
  if (schema.allOf !== undefined) {
    const parts = each(schema.allOf)
    if (parts.length !== 1) fail('allOf of several parts cannot be enforced')
    return parts[0]!
  }
  return convertTyped(schema, scope)
}

function convertTyped(schema: JsonSchema, scope: Scope): JsonSchema {
  const types = schema.type === undefined ? impliedTypes(schema) : [schema.type].flat()
  if (types.length === 0) return ANY
  for (const type of types)
    if (!TYPES.has(String(type))) fail(`type ${JSON.stringify(type)?.slice(0, 40)} is not known`)
  if (types.length > 1) return { oneOf: types.map(type => convertTyped({ ...schema, type }, scope)) }
  const one = (value: unknown) => convert(value, scope)
  const counts = Object.fromEntries(COUNTS.filter(key => schema[key] !== undefined).map(key => [key, schema[key]]))
  switch (types[0]) {
    case 'object': {
      const properties = record(schema.properties ?? {}, 'properties')
      const rest = schema.additionalProperties
      // A bare `object` means any object; one with properties means these.
      const open = rest === undefined ? Object.keys(properties).length === 0 : rest
      return {
        type: 'object',
        properties: Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, one(value)])),
        additionalProperties: typeof open === 'boolean' ? open : one(open),
        ...(Array.isArray(schema.required) && { required: schema.required.map(String) }),
        ...counts
      }
    }
    case 'array':
      return {
        type: 'array',
        ...(schema.items !== undefined && schema.items !== true && { items: one(schema.items) }),
        ...(schema.prefixItems !== undefined && { prefixItems: array(schema.prefixItems).map(one) }),
        ...counts
      }
    case 'string':
      return { type: 'string', ...(schema.format !== undefined && { format: schema.format }), ...counts }
    default:
      return { type: types[0] }
  }
}

function impliedTypes(schema: JsonSchema): unknown[] {
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return ['object']
  return schema.items !== undefined || schema.prefixItems !== undefined ? ['array'] : []
}

function checkKeywords(schema: JsonSchema): void {
  for (const key of Object.keys(schema)) {
    if (!ENFORCED.has(key) && !NOTES.has(key)) fail(`${JSON.stringify(key.slice(0, 40))} cannot be enforced`)
  }
  for (const key of COUNTS) {
    const count = schema[key]
    if (count === undefined) continue
    if (!Number.isSafeInteger(count) || Number(count) < 0 || Number(count) > MAX_REPETITIONS) {
      fail(`${key} must be a whole number from 0 to ${MAX_REPETITIONS}`)
    }
  }
  // Some generators write the bounds of safe integers out; they forbid nothing that a model would write.
  const { minimum, maximum } = schema
  if (minimum !== undefined && !(Number(minimum) <= Number.MIN_SAFE_INTEGER)) fail('"minimum" cannot be enforced')
  if (maximum !== undefined && !(Number(maximum) >= Number.MAX_SAFE_INTEGER)) fail('"maximum" cannot be enforced')
  if (schema.format !== undefined && !FORMATS.has(String(schema.format))) fail('this "format" cannot be enforced')
  if (schema.format !== undefined && (schema.minLength ?? schema.maxLength) !== undefined) fail('"format" has a length')
}

function reference(target: unknown, definitions: ReadonlySet<string>): JsonSchema {
  const name = /^#\/(?:\$defs|definitions)\/(.+)$/.exec(String(target))?.[1]
  if (name === undefined || !definitions.has(name)) fail(`$ref ${JSON.stringify(target)?.slice(0, 60)} points nowhere`)
  return { $ref: `#/$defs/${name}` }
}

function literal(value: unknown): string | number | boolean | null {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as string
  return fail('const and enum take texts, numbers, booleans and null')
}

function record(value: unknown, what: string): JsonSchema {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) fail(`${what} is not an object`)
  return value as JsonSchema
}

function array(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length === 0) fail('a list is missing or empty')
  return value as unknown[]
}

function fail(problem: string): never {
  throw new InvalidRequestError(`response_format.schema: ${problem}`, { details: { field: 'response_format.schema' } })
}
