import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Quote } from '../../../src/interface/index.ts'
import { withPrefix } from '../../../src/protocols/length-prefix.ts'
import {
  decodeQuote,
  decodeQuoteRequest,
  encodeQuote,
  encodeQuoteRequest
} from '../../../src/protocols/quote/quote-codec.ts'

const page = readFileSync(new URL('../../../spec/quote.md', import.meta.url), 'utf8')
const block = /```frames\n([\s\S]*?)```/.exec(page)![1]!.trim()
const frames = new Map(block.split('\n').map(line => line.split(' ') as [string, string]))

const nonce = Uint8Array.from({ length: 16 }, (_, index) => index)
const asker = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'
const request = {
  model: 'smollm2',
  promptTokens: 300,
  expectedTokens: 170,
  conversationTag: Uint8Array.of(1, 2, 3, 4)
}
const quote: Quote = {
  status: 'ok',
  model: { name: 'smollm2:135m-q4_1', digest: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53' },
  waitMs: 0,
  loadMs: 0,
  cachedTokens: 128,
  prefillTokensPerSecond: 400,
  decodeTokensPerSecond: 40,
  firstTokenMs: 430,
  pricePerKiloToken: 5,
  validMs: 1_500,
  slots: { total: 4, free: 3 },
  queued: 0
}

describe('examples of spec/quote.md', () => {
  it('has the question as it is encoded and decoded', () => {
    const bytes = encodeQuoteRequest(request, nonce)
    expect(frames.get('request')).toBe(Buffer.from(withPrefix(bytes)).toString('hex'))
    const decoded = decodeQuoteRequest(bytes)
    expect({ ...decoded.request, conversationTag: [...decoded.request.conversationTag!] }).toEqual({
      ...request,
      conversationTag: [1, 2, 3, 4]
    })
    expect([...decoded.nonce]).toEqual([...nonce])
  })

  it('has the quote as it is encoded and decoded', () => {
    const bytes = encodeQuote(quote, { nonce, asker })
    expect(frames.get('quote')).toBe(Buffer.from(bytes).toString('hex'))
    const decoded = decodeQuote(bytes)
    expect(decoded.quote).toEqual(quote)
    expect(decoded.address.asker).toBe(asker)
  })

  it.each([
    ['a short nonce', { ...request }, nonce.subarray(1), 'nonce'],
    ['no model', { ...request, model: '' }, nonce, 'model'],
    ['a long model', { ...request, model: 'x'.repeat(129) }, nonce, 'model'],
    ['a long tag', { ...request, conversationTag: new Uint8Array(65) }, nonce, 'conversation_tag']
  ])('refuses a question with %s', (_, bad, badNonce, field) => {
    const read = () => decodeQuoteRequest(encodeQuoteRequest(bad, badNonce))
    expect(read).toThrowError(expect.objectContaining({ code: 'invalid_request', details: { field } }))
  })

  it.each([
    ['a speed that is none', { ...quote, decodeTokensPerSecond: Number.NaN }, asker],
    ['no digest', { ...quote, model: { name: 'x', digest: '' } }, asker],
    ['nobody to ask', quote, 'nobody']
  ])('refuses a quote with %s', (_, bad, badAsker) => {
    const read = () => decodeQuote(encodeQuote(bad, { nonce, asker: badAsker }))
    expect(read).toThrowError(expect.objectContaining({ code: 'protocol_error' }))
  })
})
