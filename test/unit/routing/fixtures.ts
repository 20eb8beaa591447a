import type { Advert, AdvertisedModel, Candidate, EngineEvent, ModelInfo } from '../../../src/interface/index.ts'
import { ProviderDirectory } from '../../../src/routing/index.ts'

export const DIGEST = 'ab'.repeat(32)
const FEATURES = { chat: true, schema: false, tools: false, resume: false, logprobs: 0 }

/** A warm chat model. */
export function modelOf(changes: Partial<AdvertisedModel> = {}): AdvertisedModel {
  return {
    name: 'smollm2:135m-q4_1',
    digest: DIGEST,
    warm: true,
    builtIn: false,
    contextSizeTokens: 2048,
    parameterCount: 135_000_000,
    quantization: 'Q4_1',
    features: FEATURES,
    prefillTokensPerSecond: 100,
    decodeTokensPerSecond: 10,
    loadMs: 500,
    slots: { total: 4, free: 4 },
    queued: 0,
    waitMs: 0,
    ...changes
  }
}

/** An advert of one model. */
export function advertOf(peerId: string, changes: Partial<Advert> = {}): Advert {
  return {
    peerId,
    sequence: 1,
    issuedAtMs: 0,
    ttlMs: 60_000,
    bootNonce: 1,
    hardwareClass: 'desktop',
    addresses: [],
    label: '',
    models: [modelOf()],
    ...changes
  }
}

/** A provider of one model, as ranking sees it. */
export function candidate(
  peerId: string,
  model: Partial<AdvertisedModel> = {},
  advert: Partial<Advert> = {}
): Candidate {
  return { advert: advertOf(peerId, advert), model: modelOf(model) }
}

/** A model of this machine. */
export function localModel(changes: Partial<ModelInfo> = {}): ModelInfo {
  const { warm: _, ...model } = modelOf()
  return { ...model, state: 'warm', sizeBytes: 1, ...changes }
}

/** A clock that moves only when it is told to. */
export class FakeClock {
  ms = 0
  readonly now = (): number => this.ms
}

/** A directory with clocks of its own. */
export function clockedDirectory(): { directory: ProviderDirectory; clock: FakeClock; wall: FakeClock } {
  const clock = new FakeClock()
  const wall = new FakeClock()
  const directory = new ProviderDirectory({ selfId: 'self', monotonicNow: clock.now, wallNow: wall.now })
  return { directory, clock, wall }
}

export const ENVELOPE = Uint8Array.of(1)

/** The start of a peer, as its advert tells of it. */
export function startOf(bootNonce: number): { bootNonce: number; models: AdvertisedModel[] } {
  return { bootNonce, models: [modelOf()] }
}

/** A whole answer of one token. */
export function answerEvents(text = 'Hi'): EngineEvent[] {
  return [
    { type: 'accepted', queuePosition: 0, model: { name: 'm', digest: DIGEST }, contextSizeTokens: 2048 },
    { type: 'delta', channel: 'answer', text, tokenCount: 1 },
    {
      type: 'end',
      finishReason: 'stop',
      usage: { promptTokens: 1, cachedPromptTokens: 0, completionTokens: 1 },
      timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 }
    }
  ]
}
