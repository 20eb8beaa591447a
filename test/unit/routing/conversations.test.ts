import { expect, test } from 'vitest'
import { type EndEvent, type GenerateRequest, textMessage } from '../../../src/interface/index.ts'
import { Conversations } from '../../../src/routing/conversations.ts'

test('a tag is kept without the frame that it came in', () => {
  const conversations = new Conversations()
  const request: GenerateRequest = { model: 'auto', messages: [textMessage('user', 'Hello')] }
  const conversationTag = new Uint8Array(65_536).fill(9).subarray(100, 108)
  const end: EndEvent = {
    type: 'end',
    finishReason: 'stop',
    usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
    timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 },
    conversationTag
  }
  conversations.remember({ request, text: 'Hi', peerId: 'a', end, id: 'one' })
  const kept = conversations.find({ ...request, conversationTag })?.conversationTag
  expect(kept).toEqual(conversationTag)
  expect(kept?.buffer.byteLength).toBe(8)
})
