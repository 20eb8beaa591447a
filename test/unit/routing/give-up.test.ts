import { describe, expect, it } from 'vitest'
import { ERROR_TABLE, type ErrorCode, errorFromCode, type ServedModel } from '../../../src/interface/index.ts'
import { blameFor } from '../../../src/routing/blame.ts'
import { type FailedAttempt, giveUpError, type KnownAtEnd } from '../../../src/routing/give-up.ts'

function failed(peerId: string, code: ErrorCode, details = {}): FailedAttempt {
  return { peerId, outcome: code, error: errorFromCode(code, `${peerId} said ${code}`, details) }
}

const NOTHING: KnownAtEnd = { task: 'chat', models: [], leftOut: [] }
const CHAT = { chat: true }
const VECTORS = { chat: false, embeddings: true }

function served(names: readonly string[], features: ServedModel['features'] = CHAT): ServedModel[] {
  return names.map(name => ({ name, digest: '', features }))
}

describe('giving up', () => {
  it('names near models when others are served', () => {
    const error = giveUpError('smolm2', [], { ...NOTHING, models: served(['qwen3:0.6b-q8_0', 'smollm2:135m-q4_1']) })
    expect(error).toMatchObject({ code: 'model_not_found' })
    expect(error.details.suggestions?.[0]).toBe('smollm2:135m-q4_1')
  })

  it('says that there is no provider when nothing is served', () => {
    expect(giveUpError('auto', [], NOTHING).code).toBe('no_provider')
  })

  it('takes a second for a wait that a busy peer did not name', () => {
    expect(giveUpError('m', [failed('a', 'busy')], NOTHING).details.retryAfterMs).toBe(1_000)
  })

  it('keeps the facts of the last failure, and lists attempts without their errors', () => {
    const facts = { promptTokens: 9, contextSizeTokens: 8 }
    const error = giveUpError('m', [failed('a', 'internal'), failed('b', 'unsupported_feature', facts)], NOTHING)
    expect(error).toMatchObject({ code: 'unsupported_feature', message: 'b said unsupported_feature' })
    expect(error.details).toEqual({
      ...facts,
      attempts: [
        { peerId: 'a', outcome: 'internal' },
        { peerId: 'b', outcome: 'unsupported_feature' }
      ]
    })
  })

  it('says that the only provider failed and when it is asked again, whether by name or for auto', () => {
    const leftOut = [{ peerId: 'a', failedAgoMs: 11_500, pauseMs: 48_100 }]
    for (const [model, names] of [
      ['auto', []],
      ['auto', ['embed']],
      ['smollm2', ['smollm2:135m-q4_1']]
    ] as const) {
      const error = giveUpError(model, [], { ...NOTHING, models: served(names), leftOut })
      expect(error).toMatchObject({ code: 'no_provider', details: { retryAfterMs: 48_100 } })
      expect(error.message).toContain('its only provider failed 12 s ago and is not asked before 49 s')
    }
    const both = [...leftOut, { peerId: 'b', failedAgoMs: 1_000, pauseMs: 5_000 }]
    expect(giveUpError('auto', [], { ...NOTHING, leftOut: both })).toMatchObject({
      message: expect.stringContaining('all its 2 providers; the next one failed 1 s ago'),
      details: { retryAfterMs: 5_000 }
    })
  })

  it('never offers names near auto, nor calls a name unknown that is known', () => {
    const error = giveUpError('auto', [], { ...NOTHING, models: served(['embed'], VECTORS) })
    expect(error).toMatchObject({ code: 'no_provider', message: expect.stringContaining('can chat') })
    const known = giveUpError('smollm2', [], { ...NOTHING, models: served(['smollm2:135m-q4_1']) })
    expect(known).toMatchObject({ code: 'no_provider', message: expect.stringContaining('takes requests now') })
  })

  it('says that a model which was named cannot do what was asked, whatever that is', () => {
    const models = [...served(['minilm'], VECTORS), ...served(['smollm2'])]
    for (const [model, task] of [
      ['minilm', 'chat'],
      ['minilm', 'rerank'],
      ['smollm2', 'embeddings']
    ] as const) {
      expect(giveUpError(model, [], { ...NOTHING, task, models })).toMatchObject({
        code: 'unsupported_feature',
        details: { field: 'model' }
      })
    }
    expect(giveUpError('minilm', [], { ...NOTHING, task: 'embeddings', models }).code).toBe('no_provider')
    const nobody = giveUpError('auto', [], { ...NOTHING, task: 'rerank', models })
    expect(nobody).toMatchObject({ code: 'no_provider', message: expect.stringContaining('ranks documents') })
  })

  it('blames a provider for whatever is its own doing, and for nothing else', () => {
    const codes = Object.keys(ERROR_TABLE) as ErrorCode[]
    const blamed = (blame: string) => codes.filter(code => blameFor(errorFromCode(code, '')) === blame).sort()
    expect(blamed('strike')).toEqual(
      ['internal', 'protocol_error', 'provider_lost', 'provider_silent', 'provider_unreachable'].sort()
    )
    const free = codes.filter(code => ERROR_TABLE[code].retryable && blameFor(errorFromCode(code, '')) === undefined)
    expect(free).toEqual(['busy'])
    for (const code of blamed('rest')) expect(ERROR_TABLE[code as ErrorCode].retryable).toBe(true)
  })
})
