import { type Advert, type AdvertisedModel, type InferenceEngine, toP2paiError } from '../../../src/interface/index.ts'
import { NetworkEngine, ProviderDirectory, Suspects } from '../../../src/routing/index.ts'
import { asker } from './asker.ts'
import { embedAsker } from './embed-peers.ts'
import { DIGEST } from './frames.ts'
import { addressOf, type Dialled, type RawPeer } from './raw-peer.ts'

/** An advert of one warm chat model with four free slots. */
export function advertOf(peerId: string, changes: Partial<Advert> = {}, model: Partial<AdvertisedModel> = {}): Advert {
  return {
    peerId,
    sequence: 1,
    issuedAtMs: Date.now(),
    ttlMs: 60_000,
    bootNonce: 7,
    hardwareClass: 'desktop',
    addresses: [],
    label: '',
    models: [
      {
        name: 'scripted:test',
        digest: DIGEST,
        warm: true,
        builtIn: false,
        contextSizeTokens: 4096,
        parameterCount: 1000,
        quantization: 'Q4_1',
        features: { chat: true, schema: false, tools: false, resume: true, logprobs: 0 },
        prefillTokensPerSecond: 100,
        decodeTokensPerSecond: 10,
        loadMs: 500,
        slots: { total: 4, free: 4 },
        queued: 0,
        waitMs: 0,
        ...model
      }
    ],
    ...changes
  }
}

/** An engine without a model. */
export const noEngine: InferenceEngine = {
  kind: 'none',
  models: async () => [],
  status: () => [],
  // biome-ignore lint/correctness/useYield: it has nothing to give.
  async *generate() {
    throw toP2paiError(new Error('there is no model here'))
  },
  close: async () => undefined
}

/** The network as one engine, over real streams to peers that are known in this order, the first one preferred. */
export function routed(
  peer: RawPeer,
  providers: (Dialled & { peerId: { toString(): string } })[],
  patience: { acceptTimeoutMs?: number; silenceMs?: number } = {},
  model: Partial<AdvertisedModel> = {}
) {
  const directory = new ProviderDirectory({ selfId: peer.peerId.toString() })
  const suspects = new Suspects()
  const addresses = new Map<string, string>()
  providers.forEach((provider, index) => {
    const peerId = provider.peerId.toString()
    addresses.set(peerId, addressOf(provider))
    const advert = advertOf(peerId, {}, { parameterCount: 1_000 - index, ...model })
    directory.offer(advert, { origin: 'direct', envelope: new Uint8Array() })
  })
  const remote = asker(peer, patience)
  const embedding = embedAsker(peer, patience)
  const addressOfPeer = (peerId: string) => addresses.get(peerId) ?? peerId
  const engine = new NetworkEngine({
    selfId: peer.peerId.toString(),
    local: noEngine,
    directory,
    suspects,
    remote: (peerId, request, signal) => remote(addressOfPeer(peerId), request, signal),
    remoteEmbed: {
      embed: (peerId, ...rest) => embedding.embed(addressOfPeer(peerId), ...rest),
      rerank: (peerId, ...rest) => embedding.rerank(addressOfPeer(peerId), ...rest)
    },
    sources: [],
    onSourceError: () => undefined
  })
  return { engine, directory, suspects }
}
