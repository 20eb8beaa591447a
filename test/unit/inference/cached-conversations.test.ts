import { expect, test } from 'vitest'
import { CachedConversations } from '../../../src/inference/llama/cached-conversations.ts'

const tag = (byte: number) => new Uint8Array(16).fill(byte)

test('knows what the slots hold of a conversation, of its own tenant only, until another needs the slot', () => {
  const cached = new CachedConversations()
  cached.ended(tag(1), { tenant: 'a', tokens: 300 }, 2)
  expect(cached.tokensOf(tag(1), 'a')).toBe(300)
  expect(cached.tokensOf(tag(1), 'b')).toBe(0)
  expect(cached.tokensOf(tag(2), 'a')).toBe(0)
  expect(cached.tokensOf(undefined, 'a')).toBe(0)
  cached.continued(tag(1))
  expect(cached.tokensOf(tag(1), 'a')).toBe(0)
  cached.ended(tag(2), { tenant: 'a', tokens: 400 }, 2)
  cached.ended(tag(3), { tenant: 'b', tokens: 500 }, 2)
  cached.ended(tag(4), { tenant: 'b', tokens: 600 }, 2)
  expect([2, 3, 4].map(byte => cached.tokensOf(tag(byte), byte === 2 ? 'a' : 'b'))).toEqual([0, 500, 600])
  cached.clear()
  expect(cached.tokensOf(tag(4), 'b')).toBe(0)
})
