import { describe, expect, it } from 'vitest'
import { ERROR_TABLE, type ErrorCode, errorFromCode } from '../../../src/interface/index.ts'
import { type FailedAttempt, giveUpError, isStrike } from '../../../src/routing/give-up.ts'

function failed(peerId: string, code: ErrorCode, details = {}): FailedAttempt {
  return { peerId, outcome: code, error: errorFromCode(code, `${peerId} said ${code}`, details) }
}

describe('giving up', () => {
  it('names near models when others are served', () => {
    const error = giveUpError('smolm2', [], ['qwen3:0.6b-q8_0', 'smollm2:135m-q4_1'])
    expect(error).toMatchObject({ code: 'model_not_found' })
    expect(error.details.suggestions?.[0]).toBe('smollm2:135m-q4_1')
  })

  it('says that there is no provider when nothing is served', () => {
    expect(giveUpError('auto', [], []).code).toBe('no_provider')
  })

  it('takes a second for a wait that a busy peer did not name', () => {
    expect(giveUpError('m', [failed('a', 'busy')], []).details.retryAfterMs).toBe(1_000)
  })

  it('keeps the facts of the last failure, and lists attempts without their errors', () => {
    const facts = { promptTokens: 9, contextSizeTokens: 8 }
    const error = giveUpError('m', [failed('a', 'internal'), failed('b', 'unsupported_feature', facts)], [])
    expect(error).toMatchObject({ code: 'unsupported_feature', message: 'b said unsupported_feature' })
    expect(error.details).toEqual({
      ...facts,
      attempts: [
        { peerId: 'a', outcome: 'internal' },
        { peerId: 'b', outcome: 'unsupported_feature' }
      ]
    })
  })

  it('counts against a peer what its line or its words did, and nothing else', () => {
    const strikes = (Object.keys(ERROR_TABLE) as ErrorCode[]).filter(code => isStrike(errorFromCode(code, '')))
    expect(strikes).toEqual(['provider_unreachable', 'provider_lost', 'provider_silent', 'protocol_error'])
  })
})
