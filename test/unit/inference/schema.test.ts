import { describe, expect, it } from 'vitest'
import { bindableSchema, enforceableSchema, GrammarBudget } from '../../../src/inference/llama/child/schema.ts'
import { InvalidRequestError, type JsonSchema } from '../../../src/interface/index.ts'
import { expectWithin } from '../../fault/support/within.ts'

describe('enforceableSchema', () => {
  it('turns what is the same in other words into what the grammar knows', () => {
    expect(enforceableSchema({ anyOf: [{ type: 'string' }, { type: 'null' }] })).toEqual({
      oneOf: [{ type: 'string' }, { type: 'null' }]
    })
    expect(enforceableSchema({ properties: { a: { type: 'integer', minimum: Number.MIN_SAFE_INTEGER } } })).toEqual({
      type: 'object',
      properties: { a: { type: 'integer' } },
      additionalProperties: false
    })
    const list = {
      $ref: '#/definitions/list',
      definitions: { list: { type: 'array', items: { $ref: '#/definitions/list' } } }
    }
    expect(enforceableSchema(list)).toEqual({
      $ref: '#/$defs/list',
      $defs: { list: { type: 'array', items: { $ref: '#/$defs/list' } } }
    })
  })

  const refused = [
    { id: 'a type that does not exist', schema: { type: 'hiccup' } },
    { id: 'a pattern', schema: { type: 'string', pattern: '(a+)+b' } },
    { id: 'a bound on a number', schema: { type: 'integer', minimum: 3 } },
    { id: 'a repetition that would take seconds', schema: { type: 'string', maxLength: 1e9 } },
    { id: 'a $ref that points nowhere', schema: { $ref: '#/$defs/none' } },
    { id: 'a $ref to elsewhere', schema: { $ref: 'http://example.com/schema' } },
    { id: 'properties that are no object', schema: { type: 'object', properties: [] } },
    { id: 'an empty list', schema: { oneOf: [] } },
    { id: 'several parts of allOf', schema: { allOf: [{ type: 'string' }, { type: 'null' }] } },
    { id: '__proto__ as a keyword', schema: JSON.parse('{"type":"string","__proto__":{"x":1}}') }
  ]
  for (const { id, schema } of refused) {
    it(`case 9: refuses ${id} at once`, () => {
      const startedAtMs = performance.now()
      expect(() => enforceableSchema(schema)).toThrow(InvalidRequestError)
      expectWithin(performance.now() - startedAtMs, 100)
    })
  }
})

describe('bindableSchema', () => {
  const bind = (schema: JsonSchema, budget = new GrammarBudget()) => bindableSchema(schema, budget)

  it('leaves out what cannot be enforced, and keeps the rest', () => {
    const schema = {
      properties: {
        mail: { type: 'string', format: 'email', pattern: '.+@.+' },
        age: { type: 'integer', minimum: 0, maximum: 150 },
        tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 1e9, uniqueItems: true },
        odd: { type: 'hiccup' }
      },
      required: ['age'],
      additionalProperties: false
    }
    const { properties, ...rest } = bind(schema)
    expect(rest).toEqual({ type: 'object', additionalProperties: false, required: ['age'] })
    expect(properties).toMatchObject({
      mail: { type: 'string' },
      age: { type: 'integer' },
      tags: { type: 'array', items: { enum: ['a', 'b'] } },
      odd: { oneOf: expect.any(Array) }
    })
  })

  it('takes any object where the arguments would be something else', () => {
    const any = { type: 'object', additionalProperties: true }
    const loop = { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }
    for (const schema of [{ type: 'string' }, { anyOf: [{ type: 'object' }, { type: 'null' }] }, { enum: [1] }, loop]) {
      expect(bind(schema)).toEqual(any)
    }
  })

  it('binds no more than the budget has', () => {
    const budget = new GrammarBudget()
    const schema = { type: 'object', properties: { a: { enum: Array.from({ length: 2000 }, (_, at) => `v${at}`) } } }
    const bound = Array.from({ length: 4 }, () => 'properties' in bind(schema, budget))
    expect(bound[0]).toBe(true)
    expect(bound.at(-1)).toBe(false)
    const long = { type: 'object', properties: { a: { type: 'string', maxLength: 900 } } }
    const lengths = Array.from({ length: 40 }, () => JSON.stringify(bind(long, budget)).includes('900'))
    expect(lengths[0]).toBe(true)
    expect(lengths.at(-1)).toBe(false)
  })
})
