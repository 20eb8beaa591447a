import type { Advert, AdvertisedModel } from '../../../src/interface/index.ts'

/** A model with every field set to something. */
export function fullModel(changes: Partial<AdvertisedModel> = {}): AdvertisedModel {
  return {
    name: 'smollm2:135m-q4_1',
    digest: 'ab'.repeat(32),
    warm: true,
    builtIn: false,
    contextSizeTokens: 8192,
    parameterCount: 134_515_008,
    quantization: 'Q4_1',
    features: {
      chat: true,
      schema: true,
      tools: false,
      resume: true,
      embeddings: false,
      rerank: false,
      images: false,
      thoughts: false,
      score: false,
      logprobs: 5
    },
    prefillTokensPerSecond: 812.5,
    decodeTokensPerSecond: 41.25,
    loadMs: 650,
    slots: { total: 8, free: 3 },
    queued: 2,
    waitMs: 1_500,
    ...changes
  }
}

/** An advert with every field set to something. */
export function fullAdvert(changes: Partial<Advert> = {}): Advert {
  return {
    peerId: 'replaced by the key that signs',
    sequence: Number.MAX_SAFE_INTEGER,
    issuedAtMs: 1_790_000_000_000,
    ttlMs: 300_000,
    bootNonce: 0xffffffff,
    hardwareClass: 'laptop',
    addresses: ['/ip4/192.0.2.7/tcp/11436', '/ip6/2001:db8::7/tcp/11437/ws'],
    label: 'kitchen 🍳',
    models: [fullModel(), fullModel({ name: 'p2pai-tiny:1m', builtIn: true, warm: false })],
    ...changes
  }
}
