import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey, Stream } from '@libp2p/interface'
import { peerIdFromPublicKey } from '@libp2p/peer-id'
import { describe, expect, it } from 'vitest'
import { engineSet } from '../../src/inference/index.ts'
import { type Quote, type QuoteRequest, RefusedError, textMessage } from '../../src/interface/index.ts'
import { Dialer } from '../../src/node/dial.ts'
import { Terms } from '../../src/node/terms.ts'
import { FramedStream } from '../../src/protocols/framed-stream.ts'
import { QUOTE_PROTOCOL, quoteClient, quoteServer, sealQuote } from '../../src/protocols/quote/index.ts'
import * as pb from '../../src/protocols/quote/quote.pb.ts'
import { decodeQuoteRequest } from '../../src/protocols/quote/quote-codec.ts'
import { scriptedEngine } from '../../src/testing/index.ts'
import { ask, asker } from './support/asker.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { inferHost } from './support/infer-host.ts'
import { addressOf, type RawPeer, rawPeer } from './support/raw-peer.ts'

const QUESTION: QuoteRequest = { model: 'scripted:test', promptTokens: 100, expectedTokens: 50 }
const NOT_MINE = new Uint8Array(16)

function termsOf(key: PrivateKey, pricePerKiloToken = 0, admit: (peerId: string) => void = () => undefined): Terms {
  const engine = engineSet([scriptedEngine()])
  return new Terms({ engine, key, pricePerKiloToken: () => pricePerKiloToken, admit })
}

/** A provider that answers questions with the real handler. */
async function provider(init: { mayAsk?: (peerId: string) => boolean; price?: number; admit?: () => void } = {}) {
  const key = await generateKeyPair('Ed25519')
  const peer = await rawPeer(undefined, key)
  const terms = termsOf(key, init.price, init.admit)
  const quote = (request: QuoteRequest, peerId: string) => terms.quote(request, peerId)
  await peer.handle(QUOTE_PROTOCOL, quoteServer({ quote, key, mayAsk: init.mayAsk ?? (() => true) }))
  return { peer, terms, key, [Symbol.asyncDispose]: async () => await peer[Symbol.asyncDispose]() }
}

/** A provider that answers with whatever `answer` makes of the question. */
async function liar(answer: (question: { nonce: Uint8Array; asker: string }) => Promise<Uint8Array>, key: PrivateKey) {
  const peer = await rawPeer(undefined, key)
  await peer.handle(QUOTE_PROTOCOL, async (stream: Stream, connection) => {
    const framed = new FramedStream(stream, { maxFrameBytes: 512 })
    const { nonce } = decodeQuoteRequest((await framed.read())!)
    const envelope = await answer({ nonce, asker: connection.remotePeer.toString() })
    await framed.write(pb.QuoteFrame.encode({ envelope: new Uint8Array(envelope) })).catch(() => undefined)
  })
  return peer
}

async function askQuote(from: RawPeer, to: RawPeer, request = QUESTION): Promise<Quote> {
  const dialer = new Dialer(from, () => [])
  const remote = quoteClient({
    selfId: from.peerId.toString(),
    openStream: async (peer, signal) => await dialer.openStream(peer, QUOTE_PROTOCOL, signal)
  })
  return await remote(addressOf(to), request, AbortSignal.timeout(5_000))
}

describe('quotes over the wire', () => {
  expectNoEscapedErrors()

  it('come from the real queue and the measured speeds, with the price', async () => {
    await using host = await provider({ price: 7 })
    await using asking = await rawPeer([])
    expect(await askQuote(asking, host.peer)).toMatchObject({
      status: 'ok',
      model: { name: 'scripted:test' },
      waitMs: 0,
      // 100 tokens at 1,000 a second.
      firstTokenMs: 100,
      pricePerKiloToken: 7,
      slots: { total: 4, free: 4 }
    })
    expect(await askQuote(asking, host.peer, { ...QUESTION, model: 'nobody' })).toMatchObject({
      status: 'model_not_found',
      slots: { free: 0 }
    })
    expect(await askQuote(asking, host.peer, { ...QUESTION, promptTokens: 100_000 })).toMatchObject({
      status: 'context_length_exceeded'
    })
  })

  it('say so to a peer that is not served', async () => {
    await using host = await provider({
      admit: () => {
        throw new RefusedError('not you')
      }
    })
    await using asking = await rawPeer([])
    expect(await askQuote(asking, host.peer)).toMatchObject({ status: 'refused' })
  })

  it('are refused to a peer that asks too often, before anything is signed', async () => {
    let left = 2
    await using host = await provider({ mayAsk: () => left-- > 0 })
    await using asking = await rawPeer([])
    await askQuote(asking, host.peer)
    await askQuote(asking, host.peer)
    await expect(askQuote(asking, host.peer)).rejects.toMatchObject({ code: 'provider_lost' })
  })

  it.each<[string, (quote: Quote, to: { nonce: Uint8Array; asker: string }, key: PrivateKey) => Promise<Uint8Array>]>([
    ['signed by another key', async (quote, to) => await sealQuote(quote, to, await generateKeyPair('Ed25519'))],
    [
      'for another asker',
      async (quote, to, key) =>
        await sealQuote(quote, { ...to, asker: '12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5' }, key)
    ],
    ['of another question', async (quote, to, key) => await sealQuote(quote, { ...to, nonce: NOT_MINE }, key)],
    ['with a broken seal', async (quote, to, key) => (await sealQuote(quote, to, key)).fill(0, 60, 70)],
    ['that is none', async () => new Uint8Array(900).fill(0xff)]
  ])('%s are not believed', async (_, forge) => {
    const key = await generateKeyPair('Ed25519')
    const quote = await termsOf(key).quote(QUESTION, 'anybody')
    await using lying = await liar(async to => await forge(quote, to, key), key)
    await using asking = await rawPeer([])
    await expect(askQuote(asking, lying)).rejects.toMatchObject({ code: 'protocol_error' })
  })
})

describe('a request with bounds', () => {
  expectNoEscapedErrors()

  it.each([
    ['first token', { firstTokenMs: 1 }, false],
    ['whole answer', { totalMs: 1 }, false],
    ['whole answer of a million tokens', { totalMs: 60_000, expectedTokens: 1_000_000 }, false],
    ['price', { pricePerKiloToken: 4 }, false],
    ['all that it can keep', { firstTokenMs: 60_000, totalMs: 60_000, pricePerKiloToken: 5 }, true]
  ])('%s: is taken, or declined with a quote before any work', async (_, acceptIf, isTaken) => {
    const key = await generateKeyPair('Ed25519')
    const engine = scriptedEngine()
    const terms = new Terms({ engine: engineSet([engine]), key, pricePerKiloToken: () => 5, admit: () => undefined })
    const declines = terms.declines.bind(terms)
    await using host = await inferHost(engine, { declines }, key)
    await using asking = await rawPeer([])
    const asked = await ask(asker(asking), host.peer, { acceptIf })
    expect(engine.calls).toHaveLength(isTaken ? 1 : 0)
    if (isTaken) expect(asked.events.at(-1)?.type).toBe('end')
    else {
      expect(asked.error).toMatchObject({
        code: 'busy',
        details: { quote: { status: 'ok', pricePerKiloToken: 5, model: { name: 'scripted:test' } } }
      })
    }
  })

  it('a condition that cannot be met is no way around the limit of quotes', async () => {
    const key = await generateKeyPair('Ed25519')
    let left = 2
    const init = { engine: engineSet([scriptedEngine()]), key, pricePerKiloToken: () => 5, admit: () => undefined }
    const terms = new Terms({ ...init, maySign: () => left-- > 0 })
    const request = { model: 'auto', messages: [textMessage('user', 'Hi')], acceptIf: { pricePerKiloToken: 1 } }
    const asker = (await generateKeyPair('Ed25519')).publicKey
    const declines = async () => await terms.declines(request, peerIdFromPublicKey(asker).toString())
    expect((await declines())?.byteLength).toBeGreaterThan(0)
    expect((await declines())?.byteLength).toBeGreaterThan(0)
    await expect(declines()).rejects.toMatchObject({ code: 'busy', details: { retryAfterMs: 250 } })
    expect(await terms.declines({ ...request, acceptIf: { pricePerKiloToken: 5 } }, 'any')).toBeUndefined()
  })
})
