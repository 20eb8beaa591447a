import type { EndEvent } from '../../interface/index.ts'
import type { Head } from './whole.ts'

/** The `p2pai` field of a whole answer, the same in all dialects. Clients pass over fields that they do not know. */
export function answerFacts({ peerId, model }: Head, { timings, attempts }: EndEvent) {
  return {
    peer: peerId,
    digest: model.digest,
    timings: { queued_ms: timings.queuedMs, prefill_ms: timings.prefillMs, decode_ms: timings.decodeMs },
    ...(attempts && { attempts: attempts.map(({ peerId: peer, outcome }) => ({ peer, outcome })) })
  }
}
