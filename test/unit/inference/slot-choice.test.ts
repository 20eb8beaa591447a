import { describe, expect, it } from 'vitest'
import { type ChoosableSlot, chooseSlot } from '../../../src/inference/llama/child/slot-choice.ts'

interface Named extends ChoosableSlot {
  id: string
  common: number
}

function slot(id: string, changes: Partial<Named> = {}): Named {
  return {
    id,
    busy: false,
    tenant: undefined,
    sessionId: undefined,
    tag: undefined,
    lastUsedMs: 0,
    common: 0,
    ...changes
  }
}

const choose = (slots: Named[], wish: { tenant: string; sessionId?: string; tag?: string }) =>
  chooseSlot(slots, { sessionId: undefined, tag: undefined, ...wish }, candidate => candidate.common)?.id

describe('chooseSlot', () => {
  it('finds the conversation again by session or tag', () => {
    const slots = [slot('empty'), slot('mine', { tenant: 'a', sessionId: 's', tag: 't' })]
    expect(choose(slots, { tenant: 'a', sessionId: 's' })).toBe('mine')
    expect(choose(slots, { tenant: 'a', tag: 't' })).toBe('mine')
  })

  it('never looks into the cache of another tenant', () => {
    const slots = [slot('theirs', { tenant: 'b', sessionId: 's', tag: 't', common: 900 }), slot('empty')]
    expect(choose(slots, { tenant: 'a', sessionId: 's', tag: 't' })).toBe('empty')
  })

  it('takes the longest common beginning, else an empty slot, else the oldest', () => {
    const near = slot('near', { tenant: 'a', common: 300, lastUsedMs: 9 })
    const far = slot('far', { tenant: 'a', common: 20, lastUsedMs: 8 })
    expect(choose([far, near, slot('empty')], { tenant: 'a' })).toBe('near')
    expect(choose([slot('template', { tenant: 'a', common: 5, lastUsedMs: 1 }), slot('empty')], { tenant: 'a' })).toBe(
      'empty'
    )
    expect(choose([near, far], { tenant: 'c' })).toBe('far')
  })

  it('takes no busy slot', () => {
    expect(
      choose([slot('x', { busy: true, tenant: 'a', sessionId: 's' })], { tenant: 'a', sessionId: 's' })
    ).toBeUndefined()
  })
})
