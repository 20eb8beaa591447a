import { generateKeyPair } from '@libp2p/crypto/keys'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  amountOf,
  type GenerateRequest,
  type JobReceipt,
  ProtocolError,
  type ReceiptFault
} from '../../src/interface/index.ts'
import { Books } from '../../src/node/books/books.ts'
import type { Spending } from '../../src/node/books/spending.ts'
import { Dialer } from '../../src/node/dial.ts'
import { FramedStream } from '../../src/protocols/framed-stream.ts'
import { encodeEvent } from '../../src/protocols/infer/event-codec.ts'
import { INFER_PROTOCOL, inferClient } from '../../src/protocols/infer/index.ts'
import * as pb from '../../src/protocols/infer/infer.pb.ts'
import { decodeRequest } from '../../src/protocols/infer/request-codec.ts'
import { openAcknowledgement, sealReceipt } from '../../src/protocols/receipt/index.ts'
import { jobIdOf } from '../../src/protocols/receipt/job-id.ts'
import { MAX_REQUEST_FRAME_BYTES } from '../../src/protocols/stream-limits.ts'
import { ask } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { ACCEPTED, DIGEST, delta, end } from './support/frames.ts'
import { rawPeer } from './support/raw-peer.ts'
import { until } from './support/until.ts'

const PRICE = 1_000
const OTHER = '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5'

/** What the provider says besides its deltas. */
interface Says {
  price?: number
  deltas?: Uint8Array[]
  /** What its receipt says, true unless told otherwise. */
  receipt?: Partial<JobReceipt>
  /** What becomes of the sealed receipt. */
  sealed?: (envelope: Uint8Array, content: JobReceipt) => Promise<Uint8Array>
}

const WORDS = Array.from({ length: 4 }, () => encodeEvent(delta('word '.repeat(20), Array(20).fill(1))))

/** A delta of so many tokens without ids. */
function counted(text: string, tokenCount: number): Uint8Array {
  return encodeEvent({ type: 'delta', channel: 'answer', text, tokenCount })
}

/** A provider that says what it is told to, and an asker with real books that knows this price of it. */
async function scene(says: Says, { advertised = PRICE, spending = {} }: { advertised?: number; spending?: Spending }) {
  const keys = await Promise.all([generateKeyPair('Ed25519'), generateKeyPair('Ed25519')])
  const [provider, asker] = await Promise.all([rawPeer(undefined, keys[0]), rawPeer([], keys[1])])
  const acknowledged: { tokens: number; isLast: boolean }[] = []
  const requests: GenerateRequest[] = []
  const ended = { isEnded: false }
  await provider.handle(INFER_PROTOCOL, async (stream, connection) => {
    const framed = new FramedStream(stream, { maxFrameBytes: MAX_REQUEST_FRAME_BYTES })
    const { jobNonce = new Uint8Array(16), request } = decodeRequest((await framed.read())!)
    requests.push(request)
    const own = new Uint8Array(16).fill(3)
    const terms = { acknowledgeEveryTokens: 64, jobNonce: own, pricePerKiloToken: says.price ?? PRICE }
    const listening = (async () => {
      for (let body = await framed.read(); body !== undefined; body = await framed.read()) {
        const { acknowledgement } = pb.ClientFrame.decode(body)
        const { content } = await openAcknowledgement(acknowledgement!.envelope)
        acknowledged.push({ tokens: content.completionTokens, isLast: content.receiptHash !== undefined })
      }
    })().catch(() => undefined)
    const write = async (body: Uint8Array) => await framed.write(body).catch(() => undefined)
    await write(encodeEvent(ACCEPTED, { terms }))
    for (const body of says.deltas ?? WORDS) await write(body)
    const tokens = { promptTokens: 5, cachedPromptTokens: 0, completionTokens: 80, ...says.receipt }
    const content: JobReceipt = {
      ...{ asker: connection.remotePeer.toString(), job: jobIdOf(jobNonce, own), modelDigest: DIGEST },
      ...{ pricePerKiloToken: PRICE, microCredits: amountOf(tokens, PRICE), observedFirstTokenMs: 1, totalMs: 2 },
      ...{ issuedAtMs: 1_700_000_000_000, ...tokens, ...says.receipt }
    }
    const envelope = await sealReceipt(content, keys[0])
    const receipt = says.sealed === undefined ? envelope : await says.sealed(envelope, content)
    await write(encodeEvent(end(80), { receipt }))
    await framed.close().catch(() => undefined)
    await listening
    ended.isEnded = true
  })
  const books = await Books.open({
    ...{ file: undefined, key: keys[1], pricePerKiloToken: () => 0, spending },
    onError: error => {
      throw error
    }
  })
  onTestFinished(async () => {
    await asker[Symbol.asyncDispose]()
    await provider[Symbol.asyncDispose]()
    books.close()
  })
  const dialer = new Dialer(asker, () => [])
  const remote = inferClient({
    selfId: asker.peerId.toString(),
    openStream: async (target, signal) => await dialer.openStream(target, INFER_PROTOCOL, signal),
    books: books.forAsker({
      advertised: () => advertised,
      quote: async () => {
        throw new ProtocolError('nobody is asked for a quote')
      }
    })
  })
  const run = async (changes: Partial<GenerateRequest> = {}) => {
    const asked = await ask(remote, provider, changes)
    await until(() => ended.isEnded)
    return asked
  }
  return { run, books, acknowledged, requests, provider: provider.peerId.toString() }
}

describe('a provider that lies about what it gave', () => {
  expectNoEscapedErrors()

  it('is paid when it is honest: what is signed is what came', async () => {
    const { run, books, acknowledged, provider } = await scene({}, {})
    expect((await run()).error).toBeUndefined()
    expect(acknowledged).toEqual([
      { tokens: 80, isLast: false },
      { tokens: 80, isLast: true }
    ])
    expect(books.ledger.account(provider)).toMatchObject({ tookTokens: 85, tookMicroCredits: 85, receipts: 1 })
  })

  it.each<[string, Uint8Array[], Partial<GenerateRequest>]>([
    ['a letter that is a million tokens', [counted('a', 1 << 20)], {}],
    ['many letters that are each some tokens', Array(20).fill(counted('abcd', 64)), {}],
    ['thoughts that nobody saw', Array(20).fill(counted('', 64)), {}],
    ['more tokens than were asked for', WORDS, { maxTokens: 60 }]
  ])('case 20: %s: no such token is signed', async (_, deltas, changes) => {
    const { run, books, acknowledged, provider } = await scene({ deltas }, {})
    expect((await run(changes)).error?.code).toBe('protocol_error')
    const most = changes.maxTokens ?? 600
    expect(Math.max(0, ...acknowledged.map(({ tokens }) => tokens))).toBeLessThanOrEqual(most)
    // "Tell me a story." is about 4 tokens.
    expect(books.ledger.account(provider)?.tookTokens ?? 0).toBeLessThanOrEqual(most + 4)
  })

  it.each<[number, number, Spending]>([
    [0, 1, {}],
    [PRICE, PRICE + 1, {}],
    [PRICE, PRICE + 1, { maxPricePerKiloToken: 2 * PRICE }],
    [2 * PRICE, PRICE + 1, { maxPricePerKiloToken: PRICE }]
  ])(
    'case 20: advertised were %i, it takes %i: nothing is signed, whatever the cap',
    async (advertised, price, spending) => {
      const { run, books, acknowledged, provider } = await scene({ price }, { advertised, spending })
      expect((await run()).error).toMatchObject({ code: 'refused', message: /agreed were/ })
      expect(acknowledged).toEqual([])
      expect(books.ledger.account(provider)).toBeUndefined()
    }
  )

  it.each<[ReceiptFault, Says]>([
    ['malformed', { sealed: async envelope => envelope.subarray(0, 50) }],
    [
      'forged',
      { sealed: async envelope => envelope.map((byte, at) => (at === envelope.length - 1 ? byte ^ 1 : byte)) }
    ],
    ['wrong_pair', { receipt: { asker: OTHER } }],
    ['wrong_pair', { sealed: async (_, content) => await sealReceipt(content, await generateKeyPair('Ed25519')) }],
    ['replayed', { receipt: { job: '00'.repeat(16) } }],
    ['more_than_delivered', { receipt: { completionTokens: 81 } }],
    ['more_than_delivered', { receipt: { promptTokens: 6 } }],
    ['wrong_amount', { receipt: { pricePerKiloToken: 2 * PRICE } }],
    ['wrong_amount', { receipt: { microCredits: 1_000_000 } }],
    ['wrong_receipt', { receipt: { modelDigest: 'cd'.repeat(32) } }]
  ])('case 20: its receipt is not signed: %s, and the answer stands', async (fault, says) => {
    const { run, books, acknowledged, provider } = await scene(says, {})
    const asked = await run()
    expect(asked.error).toBeUndefined()
    expect(asked.events.at(-1)?.type).toBe('end')
    expect(acknowledged.filter(({ isLast }) => isLast)).toEqual([])
    expect(books.ledger.refused()).toMatchObject([{ peer: provider, fault }])
    expect(books.ledger.account(provider)).toMatchObject({ tookTokens: 80, receipts: 0 })
  })

  it('a budget bounds what an answer may have, and what is signed of it, whatever its prompt is said to be', async () => {
    const spending = { budgetPerDay: 200 }
    const { run, books, requests, provider } = await scene({ receipt: { promptTokens: 900 } }, { spending })
    await run()
    expect(requests[0]!.maxTokens).toBeGreaterThanOrEqual(80)
    expect(requests[0]!.maxTokens).toBeLessThan(200)
    expect(books.ledger.account(provider)!.tookMicroCredits).toBeLessThanOrEqual(200)
  })
})
