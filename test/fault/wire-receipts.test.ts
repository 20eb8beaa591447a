import { generateKeyPair } from '@libp2p/crypto/keys'
import type { PrivateKey, Stream } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProviderJob } from '../../src/accounting/index.ts'
import { amountOf, type JobAcknowledgement, type P2paiError } from '../../src/interface/index.ts'
import { Books } from '../../src/node/books/books.ts'
import { encodeAcknowledgement } from '../../src/protocols/infer/client-frames.ts'
import { decodeServerFrame, type ServerMessage } from '../../src/protocols/infer/event-codec.ts'
import { INFER_PROTOCOL, type ProviderBooks } from '../../src/protocols/infer/index.ts'
import { encodeRequest } from '../../src/protocols/infer/request-codec.ts'
import { readPrefix, withPrefix } from '../../src/protocols/length-prefix.ts'
import { sealAcknowledgement } from '../../src/protocols/receipt/index.ts'
import { jobIdOf } from '../../src/protocols/receipt/job-id.ts'
import { type ScriptedEngine, scriptedEngine } from '../../src/testing/index.ts'
import { expectNoEscapedErrors } from './support/escaped-errors.ts'
import { request } from './support/frames.ts'
import { type InferHost, inferHost } from './support/infer-host.ts'
import { connect, openRaw, rawPeer } from './support/raw-peer.ts'
import { until } from './support/until.ts'

const PRICE = 1_000
const STORY = 'word '.repeat(600)
/** What two records prove to anybody. */
const FRAUDS = ['double_spend', 'total_fell']
const NONCE = new Uint8Array(16).fill(7)

/** An asker without any manners of ours, that signs what a test tells it to. */
class Signer {
  readonly messages: ServerMessage[] = []
  readonly #bytes = new Uint8ArrayList()
  readonly #stream: Stream
  readonly #key: PrivateKey
  readonly #provider: string

  constructor(stream: Stream, key: PrivateKey, provider: string, nonce = NONCE) {
    this.#stream = stream
    this.#key = key
    this.#provider = provider
    stream.addEventListener('message', event => {
      this.#bytes.append(event.data)
      for (;;) {
        const prefix = readPrefix(this.#bytes, 64 << 10)
        if (prefix === undefined || this.#bytes.byteLength < prefix.bodyOffset + prefix.bodyBytes) return
        const end = prefix.bodyOffset + prefix.bodyBytes
        this.messages.push(decodeServerFrame(this.#bytes.slice(prefix.bodyOffset, end)))
        this.#bytes.consume(end)
      }
    })
    stream.send(withPrefix(encodeRequest(request(), [], nonce)))
  }

  get tokens(): number {
    return this.messages.reduce(
      (sum, message) =>
        sum + (message.kind === 'event' && message.event.type === 'delta' ? message.event.tokenCount : 0),
      0
    )
  }

  get error(): P2paiError | undefined {
    return this.messages.find(message => message.kind === 'error')?.error
  }

  /** A true acknowledgement of so many tokens, unless told otherwise. */
  async seal(changes: Partial<JobAcknowledgement> = {}, key = this.#key): Promise<Uint8Array> {
    const [first] = this.messages
    if (first?.kind !== 'event' || first.terms === undefined) throw new Error('nobody wants an acknowledgement')
    const tokens = { promptTokens: 0, cachedPromptTokens: 0, completionTokens: 64, ...changes }
    const content = { provider: this.#provider, job: jobIdOf(NONCE, first.terms.jobNonce), sequence: 1, ...tokens }
    return await sealAcknowledgement({ microCredits: amountOf(tokens, PRICE), ...content }, key)
  }

  /** Gives up, as a client does. */
  leave(): void {
    this.#stream.abort(new Error('left'))
  }

  send(envelope: Uint8Array, tokens = this.tokens): void {
    this.#stream.send(withPrefix(encodeAcknowledgement(tokens, envelope)))
  }
}

/** An engine that has read so much of a prompt and reads on until it is left. */
function readingFor(tokens: number): ScriptedEngine {
  const engine = scriptedEngine()
  engine.generate = async function* (_request, { signal } = {}) {
    yield { type: 'accepted', queuePosition: 0, model: engine.info, contextSizeTokens: 4_096 }
    yield { type: 'progress', phase: 'prefill', done: tokens, total: 2 * tokens }
    await new Promise(resolve => signal?.addEventListener('abort', resolve))
    throw signal?.reason
  }
  return engine
}

/** Tokens in one frame. */
function tokensIn(frame: Uint8Array): number {
  const { bodyOffset } = readPrefix(new Uint8ArrayList(frame), 64 << 10)!
  const message = decodeServerFrame(frame.slice(bodyOffset))
  return message.kind === 'event' && message.event.type === 'delta' ? message.event.tokenCount : 0
}

/** `watched` may look at the books on their way to the provider. */
async function scene(
  watched = (books: ProviderBooks, _host: () => InferHost) => books,
  price = PRICE,
  slots = 4,
  other?: ScriptedEngine
) {
  const key = await generateKeyPair('Ed25519')
  const providerKey = await generateKeyPair('Ed25519')
  const books = await Books.open({
    file: undefined,
    key: providerKey,
    pricePerKiloToken: () => price,
    spending: {},
    onError: error => {
      throw error
    }
  })
  const engine = other ?? scriptedEngine({ answer: () => STORY, tokenMs: 1, slots })
  const forProvider = watched(books.forProvider, () => host)
  const init = { books: forProvider, admit: (peerId: string) => books.admit(peerId) }
  const host: InferHost = await inferHost(engine, init, providerKey)
  const peer = await rawPeer([], key)
  onTestFinished(async () => {
    await peer[Symbol.asyncDispose]()
    await host[Symbol.asyncDispose]()
    books.close()
  })
  const connection = await connect(peer, host.peer)
  const provider = host.peer.peerId.toString()
  const open = async (nonce?: Uint8Array<ArrayBuffer>) =>
    new Signer(await openRaw(connection, INFER_PROTOCOL), key, provider, nonce)
  return { open, books, host, engine, asker: peerIdFromPrivateKey(key).toString() }
}

describe('receipts on the wire', () => {
  expectNoEscapedErrors()

  it('a provider rests when 128 tokens are not acknowledged, and goes on when they are', async () => {
    const { open, engine } = await scene()
    const signer = await open()
    await until(() => signer.tokens >= 128)
    const rested = signer.tokens
    // The engine is asked for no more, whatever time passes: what it would give in this time is more than is left.
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(engine.status()[0]!.slots.busy).toBe(1)
    expect(signer.tokens).toBe(rested)
    // One frame may be on its way when the bound is reached; a frame holds what comes in 40 ms.
    expect(rested).toBeLessThan(128 + 64)
    signer.send(await signer.seal({ completionTokens: rested }))
    await until(() => signer.tokens > rested)
  })

  it('tokens are counted before their bytes leave, so that no true acknowledgement comes too early', async () => {
    const left: number[] = []
    const counted: number[] = []
    const { open } = await scene((books, host) => ({
      ...books,
      open: parties => {
        const job = books.open(parties)
        const stream = host().streams.at(-1)!
        const send = stream.send.bind(stream)
        let tokens = 0
        stream.send = bytes => {
          tokens += tokensIn(bytes.subarray())
          left.push(tokens)
          counted.push((job as ProviderJob).unacknowledged)
          return send(bytes)
        }
        return job
      }
    }))
    const signer = await open()
    await until(() => signer.tokens >= 100)
    expect(left.at(-1)).toBeGreaterThanOrEqual(100)
    expect(counted).toEqual(left)
  })

  it('a job that rests hears whether others wait for its slot', async () => {
    let isCrowded: (() => boolean) | undefined
    const watched = (books: ProviderBooks): ProviderBooks => ({
      ...books,
      open: parties => {
        const job = books.open(parties)
        const room = job.room.bind(job)
        job.room = async (signal, crowded) => {
          isCrowded ??= crowded
          await room(signal, crowded)
        }
        return job
      }
    })
    const { open, engine } = await scene(watched, PRICE, 1)
    const signer = await open()
    await until(() => signer.tokens >= 128)
    expect(isCrowded?.()).toBe(false)
    await open()
    await until(() => engine.status()[0]!.queued === 1)
    expect(isCrowded?.()).toBe(true)
  })

  it.each<[string, (signer: Signer) => Promise<Uint8Array[]>]>([
    ['malformed', async signer => [(await signer.seal()).subarray(0, 40)]],
    ['malformed', async () => [new Uint8Array(0)]],
    [
      'forged',
      async signer => {
        const envelope = await signer.seal()
        envelope[envelope.byteLength - 1]! ^= 1
        return [envelope]
      }
    ],
    ['wrong_pair', async signer => [await signer.seal({}, await generateKeyPair('Ed25519'))]],
    ['replayed', async signer => [await signer.seal({ job: '00'.repeat(16) })]],
    [
      'replayed',
      async signer => {
        const envelope = await signer.seal()
        return [envelope, envelope]
      }
    ],
    ['double_spend', async signer => [await signer.seal(), await signer.seal({ completionTokens: 63 })]],
    [
      'double_spend',
      async signer => [
        await signer.seal(),
        await signer.seal({ sequence: 2, completionTokens: 65 }),
        await signer.seal({ completionTokens: 63 })
      ]
    ],
    [
      'out_of_order',
      async signer => [await signer.seal({ sequence: 2 }), await signer.seal({ sequence: 1, completionTokens: 65 })]
    ],
    ['total_fell', async signer => [await signer.seal(), await signer.seal({ sequence: 2, completionTokens: 63 })]],
    ['more_than_delivered', async signer => [await signer.seal({ completionTokens: 100_000 })]],
    ['wrong_amount', async signer => [await signer.seal({ microCredits: 1 })]]
  ])('%s is refused by that name, in words to the asker and in the ledger', async (fault, envelopes) => {
    const { open, books, host, asker } = await scene()
    const signer = await open()
    await until(() => signer.tokens >= 100)
    for (const envelope of await envelopes(signer)) signer.send(envelope)
    await until(() => signer.error !== undefined)
    expect(signer.error).toMatchObject({ code: 'protocol_error', message: expect.stringMatching(`^${fault}: `) })
    await until(() => host.outcomes.length === 1)
    expect(host.outcomes[0]!.outcome).toBe('protocol_error')
    expect(books.ledger.refused()).toMatchObject([{ peer: asker, fault, isProof: FRAUDS.includes(fault) }])
  })

  it('who leaves out its half of the id gets nothing where there is a price', async () => {
    const { open, engine, books, asker } = await scene()
    const signer = await open(new Uint8Array(0))
    await until(() => signer.error !== undefined)
    expect(signer.error).toMatchObject({ code: 'refused', message: /signs what it gets/ })
    expect(engine.calls).toEqual([])
    expect(books.ledger.account(asker)).toBeUndefined()
  })

  it('where there is none, it is served as a stranger, whatever it has given before', async () => {
    const { open, engine, books, asker } = await scene(undefined, 0)
    books.ledger.took(asker, { tokens: 1_000_000, microCredits: 0 })
    expect(books.standing.poolOf(asker)).toBeUndefined()
    const signer = await open(new Uint8Array(0))
    await until(() => signer.messages.length > 0)
    const { tenant } = engine.calls[0]!.options
    expect(books.standing.poolOf(tenant!)).toMatchObject({ name: 'strangers' })
    const honest = await open()
    await until(() => honest.messages.length > 0)
    expect(books.standing.poolOf(engine.calls[1]!.options.tenant!)).toBeUndefined()
  })

  it.each([0, PRICE])(
    'who leaves after its first token has taken the prompt all the same, at a price of %i',
    async price => {
      const { open, books, host, asker } = await scene(undefined, price)
      const signer = await open(price === 0 ? new Uint8Array(0) : undefined)
      await until(() => signer.tokens > 0)
      signer.leave()
      await until(() => host.outcomes.length === 1)
      // "Tell me a story." is about 4 tokens.
      expect(books.ledger.account(asker)!.gaveTokens).toBeGreaterThanOrEqual(signer.tokens + 4)
    }
  )

  it('who leaves while its long prompt is read has taken as much as was read', async () => {
    const { open, books, host, asker } = await scene(undefined, PRICE, 4, readingFor(700))
    const signer = await open()
    await until(() => signer.messages.some(message => message.kind === 'event' && message.event.type === 'progress'))
    signer.leave()
    await until(() => host.outcomes.length === 1)
    expect(books.ledger.account(asker)).toMatchObject({ gaveTokens: 700 })
  })

  it('an acknowledgement beyond 64 KiB ends the stream, and nothing of it is kept', async () => {
    const { open, books, host } = await scene()
    const signer = await open()
    await until(() => signer.tokens >= 100)
    signer.send(new Uint8Array(65 << 10))
    await until(() => host.outcomes.length === 1)
    expect(host.outcomes[0]!.outcome).toBe('protocol_error')
    expect(books.ledger.refused()).toEqual([])
  })

  it.each<[string, Partial<JobAcknowledgement>]>([
    ['two different things under one number', { completionTokens: 63 }],
    ['a total that falls', { sequence: 2, completionTokens: 63 }]
  ])('who signed %s is not served again', async (_, second) => {
    const { open, host } = await scene()
    const signer = await open()
    await until(() => signer.tokens >= 100)
    for (const changes of [{}, second]) signer.send(await signer.seal(changes))
    await until(() => signer.error !== undefined)
    const again = await open()
    await until(() => again.error?.code === 'refused')
    expect(host.outcomes.at(-1)!.outcome).toBe('refused')
  })
})
