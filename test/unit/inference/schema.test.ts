import { describe, expect, it } from 'vitest'
import { enforceableSchema } from '../../../src/inference/llama/child/schema.ts'
import { InvalidRequestError } from '../../../src/interface/index.ts'

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
      expect(performance.now() - startedAtMs).toBeLessThan(100)
    })
  }
})
