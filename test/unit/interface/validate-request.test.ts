import { describe, expect, it } from 'vitest'
import { type GenerateRequest, textMessage, validateRequest } from '../../../src/interface/index.ts'

const good: GenerateRequest = { model: 'auto', messages: [textMessage('user', 'Hi')] }
const digest = 'ab'.repeat(32)

/** What a caller without types may send. */
const bad: [field: string, request: object][] = [
  ['model', { model: '' }],
  ['model', { model: 'x'.repeat(129) }],
  ['messages', { messages: [] }],
  ['messages', { messages: Array(4097).fill(good.messages[0]) }],
  ['messages[0].role', { messages: [{ role: 'robot', parts: [] }] }],
  ['messages[0].parts', { messages: [{ role: 'user', content: 'Hi' }] }],
  ['messages[0].parts', { messages: [{ role: 'user', parts: [{ type: 'text' }] }] }],
  ['messages[0].parts', { messages: [{ role: 'user', parts: [null] }] }],
  ['messages[0]', { messages: [null] }],
  ['max_tokens', { maxTokens: -1 }],
  ['max_tokens', { maxTokens: -1 }],
  ['max_tokens', { maxTokens: 1.5 }],
  ['temperature', { sampling: { temperature: 99 } }],
  ['temperature', { sampling: { temperature: Number.NaN } }],
  ['top_p', { sampling: { topP: 0 } }],
  ['top_k', { sampling: { topK: 1e9 } }],
  ['seed', { sampling: { seed: 2 ** 53 } }],
  ['stop', { stop: [''] }],
  ['stop', { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ['logprobs', { logprobs: 6 }],
  ['deadline_ms', { deadlineMs: 0 }],
  ['accept_if.total_ms', { acceptIf: { totalMs: -1 } }],
  ['resume.digest', { resume: { text: '', tokenIds: [], digest: 'x' } }],
  ['resume.token_ids', { resume: { text: '', tokenIds: [-1], digest } }],
  ['resume.token_ids', { resume: { text: '', tokenIds: Array(131_073).fill(1), digest } }],
  ['response_format.schema', { responseFormat: { type: 'json_schema', schema: { $ref: 'https://example.org/s' } } }],
  ['response_format.schema', { responseFormat: { type: 'json_schema', schema: deep(17) } }],
  ['response_format.schema', { responseFormat: { type: 'json_schema', schema: { enum: ['x'.repeat(16 << 10)] } } }],
  ['tools.name', { tools: [{ name: '', description: '', parameters: {} }] }],
  ['tools.name', { tools: [{ name: 'a b', description: '', parameters: {} }] }],
  ['tools.name', { tools: [1, 2].map(() => ({ name: 'same', description: '', parameters: {} })) }],
  ['tool_choice', { toolChoice: 'required' }],
  ['tool_choice', { toolChoice: { name: 'other' }, tools: [{ name: 'f', description: '', parameters: {} }] }]
]

function deep(levels: number): object {
  return levels === 0 ? {} : { properties: deep(levels - 1) }
}

describe('a request', () => {
  it.each(bad)('case 8: is refused with the name of the field %s', (field, request) => {
    expect(() => validateRequest({ ...good, ...request } as GenerateRequest)).toThrow(
      expect.objectContaining({ code: 'invalid_request', details: expect.objectContaining({ field }) })
    )
  })

  it('case 7: with more than 1 MiB of text is too large', () => {
    const messages = [textMessage('user', 'x'.repeat((1 << 20) + 1))]
    expect(() => validateRequest({ model: 'auto', messages })).toThrow(
      expect.objectContaining({ code: 'payload_too_large' })
    )
  })

  it('case 8: has its counts clamped', () => {
    const { maxTokens, deadlineMs } = validateRequest({ ...good, maxTokens: 1e9, deadlineMs: 1e12 })
    expect({ maxTokens, deadlineMs }).toEqual({ maxTokens: 1 << 20, deadlineMs: 15 * 60_000 })
  })

  it('is passed on as it is when all is well', () => {
    const resume = { text: 'So', tokenIds: [1, 2], digest }
    const whole: GenerateRequest = { ...good, resume, acceptIf: { totalMs: 5 }, sampling: { temperature: 0 } }
    expect(validateRequest(whole)).toEqual(whole)
  })
})
