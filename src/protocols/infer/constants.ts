/** Protocol id. The minor number grows when fields are added, which old readers skip. */
export const INFER_PROTOCOL = '/p2p-ai/infer/1.0'

/** Largest request: the bound of messages, tools and schema together, and a little for their framing. */
export const MAX_REQUEST_FRAME_BYTES = (1 << 20) + (64 << 10)
/** Largest frame from the provider, and from the client after its request. */
export const MAX_EVENT_FRAME_BYTES = 64 << 10
/** From the opening of the stream to the last byte of the request. */
export const REQUEST_TIMEOUT_MS = 10_000
/** Later deltas wait this long for company; a write costs more than a token. */
export const JOIN_DELTAS_MS = 40
/** Streams of one peer that are answered at once; more are told `busy`. */
export const MAX_STREAMS_PER_PEER = 16
/** Most frames a client may send after its request. One acknowledgement every 16 tokens of the longest answer. */
export const MAX_CLIENT_FRAMES = 65_536

/** The request is sent, and nothing came back: the provider may be gone. Twice a slow round trip. */
export const ACCEPT_TIMEOUT_MS = 2_000
/** A provider shows life once a second; three misses are an end. */
export const SILENCE_MS = 3_000
/** Most deltas and signs of life in one answer, so that empty ones come to an end too. */
export const MAX_ANSWER_EVENTS = 2 << 20
/** Longest answer that is read, in UTF-16 units: far above any context, far below the memory of a phone. */
export const MAX_ANSWER_LENGTH = 16 << 20
