import { generateKeyPair } from '@libp2p/crypto/keys'
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { Connection, PeerId, PrivateKey, Stream } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Advert } from '../../../src/interface/index.ts'
import { AdvertExchange, type AdvertExchangeInit } from '../../../src/node/advert-exchange.ts'
import { ADVERT_TOPIC, AdvertPublisher, sealAdvert } from '../../../src/protocols/capabilities/index.ts'
import { ProviderDirectory, Suspects } from '../../../src/routing/index.ts'
import { advertOf } from './routed.ts'

export type Verdict = 'accept' | 'ignore' | 'reject'

/** The advert exchange of a node, with the mesh and libp2p under it played by the test. */
export interface ExchangeBench {
  directory: ProviderDirectory
  suspects: Suspects
  exchange: AdvertExchange
  /** What the validator of gossip says to a message of this sender. */
  judge(data: Uint8Array, from: PeerId): Promise<Verdict>
  /** The handler of the request for the set. */
  serve(stream: Stream, connection: Connection): Promise<void>
}

/** Sets it up. */
export async function exchangeBench(changes: Partial<AdvertExchangeInit> = {}): Promise<ExchangeBench> {
  const directory = new ProviderDirectory({ selfId: 'self' })
  const suspects = new Suspects()
  const validators = new Map<string, (from: PeerId, message: unknown) => Promise<TopicValidatorResult>>()
  const handlers: ((stream: Stream, connection: Connection) => Promise<void>)[] = []
  const gossip = { topicValidators: validators, addEventListener: () => undefined, getSubscribers: () => [] }
  const libp2p = {
    handle: async (_: string, handler: (typeof handlers)[number]) => void handlers.push(handler),
    addEventListener: () => undefined
  }
  const publisher = new AdvertPublisher({
    content: async () => undefined,
    seal: async () => new Uint8Array(),
    publish: async () => undefined,
    providers: () => 0,
    sequence: { last: () => 0, keep: () => undefined },
    onError: () => undefined
  })
  const exchange = new AdvertExchange({
    selfId: 'self',
    libp2p: libp2p as unknown as AdvertExchangeInit['libp2p'],
    gossip: gossip as unknown as AdvertExchangeInit['gossip'],
    dialer: undefined as unknown as AdvertExchangeInit['dialer'],
    directory,
    suspects,
    publisher,
    clock: { heard: () => undefined },
    onError: () => undefined,
    ...changes
  })
  await exchange.start()
  const names = {
    [TopicValidatorResult.Accept]: 'accept',
    [TopicValidatorResult.Ignore]: 'ignore',
    [TopicValidatorResult.Reject]: 'reject'
  } as const
  return {
    directory,
    suspects,
    exchange,
    judge: async (data, from) => {
      const message = { type: 'signed', from, data, topic: ADVERT_TOPIC, sequenceNumber: 1n }
      return names[(await validators.get(ADVERT_TOPIC)?.(from, message)) ?? TopicValidatorResult.Ignore]
    },
    serve: async (stream, connection) => await handlers[0]?.(stream, connection)
  }
}

/** A peer that signs adverts of its own. */
export interface Advertiser {
  key: PrivateKey
  id: PeerId
  /** A sealed advert, the next in order unless told otherwise. */
  seal(changes?: Partial<Advert>): Promise<Uint8Array>
}

/** Makes one. */
export async function advertiser(): Promise<Advertiser> {
  const key = await generateKeyPair('Ed25519')
  const id = peerIdFromPrivateKey(key)
  let sequence = 100
  return {
    key,
    id,
    seal: async (changes = {}) =>
      await sealAdvert({ ...advertOf(id.toString()), sequence: ++sequence, ...changes }, key)
  }
}
