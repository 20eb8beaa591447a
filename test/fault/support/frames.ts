import { type EngineEvent, type GenerateRequest, textMessage } from '../../../src/interface/index.ts'
import { encodeEvent } from '../../../src/protocols/infer/event-codec.ts'
import { encodeRequest } from '../../../src/protocols/infer/request-codec.ts'
import { withPrefix } from '../../../src/protocols/length-prefix.ts'

export const DIGEST = 'ab'.repeat(32)

/** A request that every engine of the tests answers. */
export function request(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  return { model: 'auto', messages: [textMessage('user', 'Tell me a story.')], ...changes }
}

/** A request as it goes over the wire, length included. */
export function requestFrame(changes: Partial<GenerateRequest> = {}): Uint8Array {
  return withPrefix(encodeRequest(request(changes)))
}

/** An event as it goes over the wire, length included. */
export function eventFrame(event: EngineEvent): Uint8Array {
  return withPrefix(encodeEvent(event))
}

export const ACCEPTED: EngineEvent = {
  type: 'accepted',
  queuePosition: 0,
  model: { name: 'scripted:test', digest: DIGEST },
  contextSizeTokens: 4096
}

/** One token with its text. */
export function delta(text: string, tokenIds = [1]): EngineEvent {
  return { type: 'delta', channel: 'answer', text, tokenCount: tokenIds.length, tokenIds }
}

/** The end of an answer of so many tokens. */
export function end(completionTokens: number, promptTokens = 5, cachedPromptTokens = 0): EngineEvent {
  return {
    type: 'end',
    finishReason: 'stop',
    usage: { promptTokens, cachedPromptTokens, completionTokens },
    timings: { queuedMs: 0, prefillMs: 0, decodeMs: 0 }
  }
}

/** All bytes one after the other. */
export function joined(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(part => [...part]))
}
