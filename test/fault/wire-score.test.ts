import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ErrorCode,
  type InferenceEngine,
  type P2paiError,
  RefusedError,
  type ScoreRequest,
  type ScoreResult,
  textMessage
} from '../../src/interface/index.ts'
import { Dialer } from '../../src/node/dial.ts'
import { encodeEnd, encodeEvent, encodeScores, encodeVectors } from '../../src/protocols/embed/frame-codec.ts'
import { encodeRequest as encodeInfer } from '../../src/protocols/infer/request-codec.ts'
import { withPrefix } from '../../src/protocols/length-prefix.ts'
import { SCORE_PROTOCOL, scoreClient, scoreServer } from '../../src/protocols/score/index.ts'
import { SCRIPTED_MARGIN, SCRIPTED_TEXT, scriptedEngine } from '../../src/testing/index.ts'
import { EMBED_ACCEPTED } from './support/embed-peers.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { type Behaviour, hostileProvider, saying, sayingThenSilent } from './support/hostile-provider.ts'
import { addressOf, connect, openRaw, type RawPeer, rawPeer } from './support/raw-peer.ts'
import { hearFrames } from './support/raw-stream.ts'
import { until } from './support/until.ts'

const messages = [textMessage('user', 'Tell me a story.')]
const asked: ScoreRequest = {
  model: 'auto',
  messages,
  answer: { text: 'one two', tokenIds: [1, 2], digest: 'ab'.repeat(32) }
}
const accepted = withPrefix(encodeEvent(EMBED_ACCEPTED))
const progress = withPrefix(encodeEvent({ type: 'progress', phase: 'prefill', done: 1, total: 2 }))
const end = withPrefix(encodeEnd(9))
const margins = (...values: number[]) => withPrefix(encodeScores(values))

const LIES: [string, Behaviour, ErrorCode][] = [
  ['margins before accepted', saying(margins(0), end), 'protocol_error'],
  ['progress before accepted', saying(progress), 'protocol_error'],
  ['two accepted', saying(accepted, accepted), 'protocol_error'],
  ['no margins', saying(accepted, end), 'protocol_error'],
  ['a margin below 0', saying(accepted, margins(0, -1), end), 'protocol_error'],
  ['a margin above 100', saying(accepted, margins(0, 101), end), 'protocol_error'],
  ['a margin that is no number', saying(accepted, margins(Number.NaN), end), 'protocol_error'],
  ['more margins than the text has bytes', saying(accepted, margins(...Array(8).fill(0)), end), 'protocol_error'],
  ['vectors', saying(accepted, withPrefix(encodeVectors([Float32Array.of(1, 0)])), end), 'protocol_error'],
  ['a frame above the bound', saying(accepted, withPrefix(new Uint8Array(66_000))), 'protocol_error'],
  ['a close without an end', saying(accepted, margins(0)), 'provider_lost'],
  ['silence at once', sayingThenSilent(), 'provider_silent'],
  ['silence after accepted', sayingThenSilent(accepted, progress), 'provider_silent']
]

/** What became of a request for a score. */
async function scored(
  from: RawPeer,
  to: RawPeer,
  request: ScoreRequest = asked,
  signal = new AbortController().signal
): Promise<{ result?: ScoreResult; error?: P2paiError }> {
  const dialer = new Dialer(from, () => [])
  const openStream = async (peer: string, until: AbortSignal) => await dialer.openStream(peer, SCORE_PROTOCOL, until)
  try {
    const score = scoreClient({ openStream, acceptTimeoutMs: 500, silenceMs: 500 })
    return { result: await score(addressOf(to), request, signal) }
  } catch (error) {
    return { error: error as P2paiError }
  }
}

async function auditor(engine: InferenceEngine): Promise<RawPeer> {
  const peer = await rawPeer()
  await peer.handle(SCORE_PROTOCOL, scoreServer({ engine }), { maxInboundStreams: 64 })
  return peer
}

describe('an auditor that lies', () => {
  expectNoEscapedErrors()
  let behave: Behaviour = () => undefined
  let liar: RawPeer
  let stranger: RawPeer

  beforeAll(async () => {
    liar = await hostileProvider(stream => behave(stream), SCORE_PROTOCOL)
    stranger = await rawPeer([])
  })
  afterAll(async () => {
    await stranger[Symbol.asyncDispose]()
    await liar[Symbol.asyncDispose]()
  })

  it.each(LIES)('%s', async (_, behaviour, code) => {
    behave = behaviour
    const { error, result } = await scored(stranger, liar)
    expect(result).toBeUndefined()
    expect(error?.code).toBe(code)
  })
})

describe('an auditor over the wire', () => {
  expectNoEscapedErrors()

  it('gives the margins of the engine, many frames of them', async () => {
    const tokens = Array.from({ length: 20_000 }, (_, index) => ` w${index}`)
    const engine = scriptedEngine({ tokens, contextSizeTokens: 65_536, features: { score: true } })
    await using peer = await auditor(engine)
    await using stranger = await rawPeer([])
    const changed = tokens.map((token, index) => (index % 1_000 === 7 ? ' wrong' : token))
    const answer = { text: changed.join(''), tokenIds: [], digest: engine.info.digest }
    const { result } = await scored(stranger, peer, { ...asked, answer })
    expect(result?.margins.length).toBe(20_000)
    expect(result?.margins.filter(margin => margin === SCRIPTED_MARGIN).length).toBe(20)
    expect(result?.model.digest).toBe(engine.info.digest)
  })

  it('refuses in words: no such feature, nothing to score, a refusal of the engine', async () => {
    await using stranger = await rawPeer([])
    await using without = await auditor(scriptedEngine())
    const { name } = scriptedEngine().info
    expect((await scored(stranger, without, { ...asked, model: name })).error?.code).toBe('unsupported_feature')
    const refusing = scriptedEngine({ features: { score: true } })
    refusing.score = () => Promise.reject(new RefusedError('not you'))
    await using refuses = await auditor(refusing)
    expect((await scored(stranger, refuses)).error?.code).toBe('refused')
    const stream = await openRaw(await connect(stranger, refuses), SCORE_PROTOCOL)
    const heard = hearFrames(stream)
    stream.send(withPrefix(encodeInfer({ model: 'auto', messages })))
    const { frames } = await heard
    expect(Buffer.from(frames[0] ?? []).toString('utf8')).toContain('resume is missing')
  })

  it('frees its slot when the asker leaves', async () => {
    const engine = scriptedEngine({ tokenMs: 1_000, slots: 1, features: { score: true } })
    await using peer = await auditor(engine)
    await using stranger = await rawPeer([])
    const left = new AbortController()
    const answer = { text: SCRIPTED_TEXT, tokenIds: [], digest: engine.info.digest }
    const leaving = scored(stranger, peer, { ...asked, answer }, left.signal)
    await until(() => engine.status()[0]?.slots.busy === 1)
    left.abort()
    expect((await leaving).error?.code).toBe('aborted')
    await until(() => engine.status()[0]?.slots.busy === 0)
  })
})
