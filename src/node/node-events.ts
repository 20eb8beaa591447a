import type { Advert } from '../interface/index.ts'

/** What a node tells its program. Never carries prompts or answers. */
export interface NodeEvents {
  /** A provider is known, or has news. */
  'provider:found': CustomEvent<Advert>
  /** A provider said goodbye, expired or failed. */
  'provider:lost': CustomEvent<{ peerId: string }>
  'peer:connect': CustomEvent<{ peerId: string }>
  'peer:disconnect': CustomEvent<{ peerId: string }>
  /** A peer's request to this node is over: `ok` or the code of the error. */
  'request:end': CustomEvent<{ peerId: string; outcome: string }>
  /** A request of this node to a provider is over. */
  'attempt:end': CustomEvent<{ peerId: string; outcome: string }>
}
