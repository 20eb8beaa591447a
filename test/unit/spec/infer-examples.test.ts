import { describe, expect, it } from 'vitest'
import {
  BusyError,
  type EngineEvent,
  ERROR_TABLE,
  type GenerateRequest,
  type MediaPart,
  type MessagePart
} from '../../../src/interface/index.ts'
import { SENT_CODES } from '../../../src/protocols/failure-codec.ts'
import { encodeAcknowledgement } from '../../../src/protocols/infer/client-frames.ts'
import { decodeServerFrame, encodeError, encodeEvent } from '../../../src/protocols/infer/event-codec.ts'
import { decodeRequest, encodeRequest } from '../../../src/protocols/infer/request-codec.ts'
import { exampleHex, specPage } from './support.ts'

const { text: page, frames, body } = specPage('infer.md')
const hex = exampleHex

const digest = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'
const request: GenerateRequest = {
  model: 'smollm2',
  messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }],
  maxTokens: 16,
  sampling: { temperature: 0, seed: 7 },
  stop: ['END'],
  deadlineMs: 60_000
}
const events: Record<string, EngineEvent> = {
  accepted: {
    type: 'accepted',
    queuePosition: 1,
    model: { name: 'smollm2:135m-q4_1', digest },
    contextSizeTokens: 2048
  },
  progress: { type: 'progress', phase: 'prefill', done: 128, total: 300 },
  delta: { type: 'delta', channel: 'answer', text: ' Paris', tokenCount: 2, tokenIds: [7042, 30] },
  end: {
    type: 'end',
    finishReason: 'stop',
    usage: { promptTokens: 300, cachedPromptTokens: 128, completionTokens: 2 },
    timings: { queuedMs: 40, prefillMs: 210, decodeMs: 25 },
    conversationTag: Uint8Array.of(1, 2, 3, 4)
  }
}
const busy = new BusyError('all 4 slots are taken', { details: { retryAfterMs: 1500 } })

describe('examples of spec/infer.md', () => {
  it('has the request as it is encoded and decoded', () => {
    expect(frames.get('request')).toBe(hex(encodeRequest(request)))
    expect(decodeRequest(body('request'))).toEqual({ request, attachments: [] })
  })

  it('has a request with an attachment', () => {
    const image: MediaPart = { type: 'media', mediaType: 'image/png', data: new Uint8Array(70_000) }
    const parts: MessagePart[] = [{ type: 'text', text: 'What is it?' }, image]
    const question: GenerateRequest = { model: 'auto', messages: [{ role: 'user', parts }] }
    expect(frames.get('request-with-image')).toBe(hex(encodeRequest(question, [image])))
    const { attachments } = decodeRequest(body('request-with-image'))
    expect(attachments).toMatchObject([{ part: { mediaType: 'image/png' }, bytes: 70_000 }])
  })

  it.each(Object.entries(events))('has %s as it is encoded and decoded', (name, event) => {
    expect(frames.get(name)).toBe(hex(encodeEvent(event)))
    expect(decodeServerFrame(body(name))).toMatchObject({ event })
  })

  it('has the error and the acknowledgement', () => {
    expect(frames.get('error')).toBe(hex(encodeError(busy)))
    expect(decodeServerFrame(body('error'))).toMatchObject({ kind: 'error', error: { code: 'busy' } })
    expect(frames.get('acknowledgement')).toBe(hex(encodeAcknowledgement(128)))
  })

  it('names every code that a provider may send, with the right answer to retrying', () => {
    const table = page.split('## Error codes')[1]!.split('## Examples')[0]!
    for (const [code, entry] of Object.entries(ERROR_TABLE)) {
      if (!SENT_CODES.has(code)) continue
      const row = table.split('\n').find(line => line.startsWith('|') && line.split('|')[1]!.includes(`\`${code}\``))
      expect(row, code).toMatch(entry.retryable ? /\| yes \|$/ : /\| no \|$/)
    }
  })
})
