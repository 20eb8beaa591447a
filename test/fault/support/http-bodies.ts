import type { Random } from './random.ts'

/** A JSON schema as the OpenAPI document has it. */
export interface BodySchema {
  type?: string
  const?: unknown
  enum?: unknown[]
  anyOf?: BodySchema[]
  oneOf?: BodySchema[]
  properties?: Record<string, BodySchema>
  required?: string[]
  additionalProperties?: BodySchema | boolean
  items?: BodySchema
  minItems?: number
  minLength?: number
  minimum?: number
  exclusiveMinimum?: number
  maximum?: number
  not?: BodySchema
  $ref?: string
}

/** A value that follows the schema, except where zod knows more than a schema can say. */
export function validBody(schema: BodySchema, random: Random): unknown {
  const choices = schema.anyOf ?? schema.oneOf ?? []
  if (choices.length > 0) return validBody(pick(choices, random), random)
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return pick(schema.enum, random)
  switch (schema.type) {
    case 'object':
      return validObject(schema, random)
    case 'array': {
      const length = Math.max(schema.minItems ?? 0, random.below(3))
      const items = schema.items ?? {}
      return items.not === undefined ? Array.from({ length }, () => validBody(items, random)) : []
    }
    case 'integer':
    case 'number': {
      const low = Math.max(schema.minimum ?? schema.exclusiveMinimum ?? 0, -1000)
      const value = low + random.next() * (Math.min(schema.maximum ?? 50, 50) - low)
      return schema.type === 'integer' ? Math.ceil(value) : Math.max(value, low + 0.01)
    }
    case 'boolean':
      return random.below(2) === 0
    case 'null':
      return null
    default:
      return pick(['auto', 'hello there', 'x'], random)
  }
}

function validObject({ properties = {}, required = [] }: BodySchema, random: Random): Record<string, unknown> {
  const names = Object.keys(properties).filter(name => required.includes(name) || random.below(8) === 0)
  return Object.fromEntries(names.map(name => [name, name === 'model' ? 'auto' : validBody(properties[name]!, random)]))
}

/** What no parameter wants. */
const POISON: ((random: Random) => unknown)[] = [
  () => null,
  () => -1,
  () => 1e308,
  () => Number.MAX_SAFE_INTEGER,
  () => 0.5,
  () => true,
  () => '',
  () => '\u0000\ud800\u202e',
  () => 'x'.repeat(5000),
  () => [],
  () => [null],
  () => ({}),
  () => ({ toString: 1, constructor: { prototype: 1 }, length: -1 }),
  () => JSON.parse('{"__proto__":{"polluted":true}}'),
  () => Array.from({ length: 5000 }, () => 'y'),
  random => nested(20 + random.below(3000))
]

/** A value with one to three wrong places. */
export function poisoned(value: unknown, random: Random): unknown {
  let body = value
  for (let left = 1 + random.below(3); left > 0; left--) body = poisonedOnce(body, random)
  return body
}

function poisonedOnce(value: unknown, random: Random): unknown {
  if (value === null || typeof value !== 'object' || random.below(4) === 0) return pick(POISON, random)(random)
  const keys = Object.keys(value)
  if (keys.length === 0 || random.below(10) === 0)
    return { ...value, [`made_up_${random.below(9)}`]: pick(POISON, random)(random) }
  const key = pick(keys, random)
  if (Array.isArray(value))
    return value.map((item, index) => (String(index) === key ? poisonedOnce(item, random) : item))
  const { [key]: chosen, ...rest } = value as Record<string, unknown>
  return random.below(5) === 0 ? rest : { ...rest, [key]: poisonedOnce(chosen, random) }
}

/** JSON text that may be none any more. */
export function injuredText(text: string, random: Random): string {
  const at = random.below(text.length + 1)
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + String.fromCharCode(random.below(0x300)) + text.slice(at)
    case 2:
      return text.slice(at) + text.slice(0, at)
    case 3:
      return text + text
    default:
      return `\ufeff${text}`
  }
}

function nested(depth: number): unknown {
  let value: unknown = {}
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[random.below(list.length)]!
}
