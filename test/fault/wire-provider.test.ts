import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorCode } from '../../src/interface/index.ts'
import { encodeEvent } from '../../src/protocols/infer/event-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { ask, asker, read } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { ACCEPTED, DIGEST, delta, end, eventFrame, joined, request } from './support/frames.ts'
import { type Behaviour, hostileProvider, saying, sayingThenSilent } from './support/hostile-provider.ts'
import { type RawPeer, rawPeer } from './support/raw-peer.ts'
import { routed } from './support/routed.ts'
import { expectWithin } from './support/within.ts'

const accepted = eventFrame(ACCEPTED)
const PATIENCE = { acceptTimeoutMs: 500, silenceMs: 500 }

/** A frame of one kind, with this body. */
function frame(kind: number, ...body: number[]): Uint8Array {
  return withPrefix(Uint8Array.of((kind << 3) | 2, body.length, ...body))
}

const huge = new Uint8Array(70_000)
const binary = frame(3, 0x0a, 3, 0xff, 0xfe, 0x80)
const overlong = frame(3, 0x0a, 2, 0xc0, 0x9b)
const twoKinds = withPrefix(joined(encodeEvent(delta('a')), encodeEvent(end(1))))
const idsAboveCount = frame(3, 0x12, 3, 1, 2, 3, 0x18, 2)
const idsBelowCount = frame(3, 0x0a, 3, 0x61, 0x62, 0x63, 0x12, 2, 1, 2, 0x18, 3)
const errorFrame = (code: string) => frame(5, 0x0a, code.length, ...Buffer.from(code))

/** What the provider does, what the asker gets, and whether that counts against the provider. */
const CASES: [string, Behaviour, ErrorCode, boolean][] = [
  ['a delta before accepted', saying(eventFrame(delta('a')), accepted, eventFrame(end(1))), 'protocol_error', true],
  ['progress before accepted', saying(frame(2, 8, 3)), 'protocol_error', true],
  ['an end before accepted', saying(eventFrame(end(0))), 'protocol_error', true],
  ['two accepted', saying(accepted, accepted), 'protocol_error', true],
  [
    'an end that counts less',
    saying(accepted, eventFrame(delta('ab', [1, 2])), eventFrame(end(1))),
    'protocol_error',
    true
  ],
  ['more cached tokens than the prompt has', saying(accepted, eventFrame(end(0, 5, 6))), 'protocol_error', true],
  ['no phase', saying(accepted, frame(2)), 'protocol_error', true],
  ['no reason', saying(accepted, frame(4)), 'protocol_error', true],
  ['a frame of two kinds', saying(accepted, twoKinds), 'protocol_error', true],
  [
    'nothing but frames of no known kind',
    saying(accepted, withPrefix(Uint8Array.of(0xc0, 0x0c, 1))),
    'provider_lost',
    true
  ],
  ['an empty frame', saying(accepted, Uint8Array.of(0)), 'protocol_error', true],
  ['bytes in a text', saying(accepted, binary), 'protocol_error', true],
  ['an escape in overlong UTF-8', saying(accepted, overlong), 'protocol_error', true],
  ['fewer ids than tokens', saying(accepted, idsBelowCount), 'protocol_error', true],
  ['more ids than tokens', saying(accepted, idsAboveCount), 'protocol_error', true],
  ['a frame above the bound', saying(accepted, withPrefix(huge)), 'protocol_error', true],
  ['a frame that is no protobuf', saying(accepted, withPrefix(Uint8Array.of(0x1f, 1, 2))), 'protocol_error', true],
  ['accepted without a digest', saying(frame(1, 0x12, 1, 0x61)), 'protocol_error', true],
  ['an error after accepted', saying(accepted, errorFrame('engine_crashed')), 'engine_crashed', false],
  ['an error of a code that is not known', saying(accepted, errorFrame('what')), 'internal', true],
  ['an error that only an asker can have', saying(accepted, errorFrame('daemon_not_running')), 'internal', true],
  ['a close before accepted', saying(), 'provider_lost', true],
  ['a close without an end', saying(accepted, eventFrame(delta('a'))), 'provider_lost', true],
  ['a close inside a frame', saying(accepted, eventFrame(delta('abc')).subarray(0, 4)), 'provider_lost', true],
  ['silence at once', sayingThenSilent(), 'provider_silent', true],
  ['silence after accepted', sayingThenSilent(accepted), 'provider_silent', true],
  ['silence after a delta', sayingThenSilent(accepted, eventFrame(delta('a'))), 'provider_silent', true],
  ['silence inside a frame', sayingThenSilent(accepted, Uint8Array.of(50, 1, 2)), 'provider_silent', true]
]

describe('a provider that lies', () => {
  expectNoEscapedErrors()
  let behave: Behaviour = () => undefined
  let provider: RawPeer
  let stranger: RawPeer

  beforeAll(async () => {
    provider = await hostileProvider(stream => behave(stream))
    stranger = await rawPeer([])
  })
  afterAll(async () => {
    await stranger[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
  })

  it.each(CASES)('case 20: %s', async (_, behaviour, code, isStrike) => {
    behave = behaviour
    const { engine, suspects } = routed(stranger, [provider], PATIENCE)
    const asked = await read(engine.generate(request(), { route: { discoveryTimeoutMs: 10 } }))
    expect(asked.error?.code).toBe(code)
    expect(asked.events.some(event => event.type === 'end')).toBe(false)
    expect(suspects.has(provider.peerId.toString())).toBe(isStrike)
    expect(stranger.getConnections()).toHaveLength(1)
  })

  it('case 20: what comes after the end never reaches the reader, and the end stands', async () => {
    for (const more of [eventFrame(delta('b')), eventFrame(end(1)), accepted, huge]) {
      behave = saying(accepted, eventFrame(delta('a')), eventFrame(end(1)), more)
      const asked = await ask(asker(stranger, PATIENCE), provider)
      expect(asked.error).toBeUndefined()
      expect(asked.text).toBe('a')
      expect(asked.events.map(event => event.type)).toEqual(['accepted', 'delta', 'end'])
    }
  })

  it('case 20: an answer of more characters than the bound ends at the bound', async () => {
    const text = 'x'.repeat(60_000)
    const frames = eventFrame(delta(text))
    behave = async stream => {
      stream.send(accepted)
      while (stream.writeStatus === 'writable') {
        if (!stream.send(frames)) await stream.onDrain().catch(() => undefined)
        await new Promise(resolve => setImmediate(resolve))
      }
    }
    const asked = await ask(asker(stranger, PATIENCE), provider)
    expect(asked.error?.code).toBe('protocol_error')
    expect(asked.text.length).toBeLessThanOrEqual(16 << 20)
    expect(asked.text.length).toBeGreaterThan((16 << 20) - 60_001)
  })

  it('case 20: an answer of more tokens than its text can have ends there', async () => {
    // A delta that says it is 2^20 tokens.
    behave = saying(accepted, eventFrame(delta('a')), frame(3, 0x0a, 1, 0x62, 0x18, 0x80, 0x80, 0x40))
    const asked = await ask(asker(stranger, PATIENCE), provider)
    expect(asked).toMatchObject({ text: 'a', error: { code: 'protocol_error' } })
  })

  it('case 20: a provider that looks at no deadline is left at the deadline', async () => {
    behave = stream => {
      stream.send(accepted)
      const life = setInterval(() => {
        if (stream.writeStatus === 'writable') stream.send(frame(2, 8, 4))
        else clearInterval(life)
      }, 50)
    }
    const startedAtMs = performance.now()
    const asked = await ask(asker(stranger, PATIENCE), provider, { deadlineMs: 700 })
    expect(asked.error?.code).toBe('deadline_exceeded')
    expectWithin(performance.now() - startedAtMs, 1_500)
  })

  it('case 20: an accepted model name is bounded', async () => {
    const name = Array(129).fill(0x61)
    const digest = [0x1a, 32, ...Buffer.from(DIGEST, 'hex')]
    const body = Uint8Array.of(0x12, 0x81, 0x01, ...name, ...digest)
    behave = saying(withPrefix(Uint8Array.of(0x0a, 0x80 | (body.length & 0x7f), body.length >> 7, ...body)))
    expect((await ask(asker(stranger, PATIENCE), provider)).error?.code).toBe('protocol_error')
  })
})
