/** What `/p2p-ai/infer/1.0` and `/p2p-ai/embed/1.0` share: one request a stream, taken, worked on with signs of life, ended. */

/** Largest request: the bound of its texts, and a little for their framing. */
export const MAX_REQUEST_FRAME_BYTES = (1 << 20) + (64 << 10)
/** From the opening of the stream to the last byte of the request. */
export const REQUEST_TIMEOUT_MS = 10_000
/** Streams of one peer that a protocol answers at once; more are told `busy`. */
export const MAX_STREAMS_PER_PEER = 16
/** The request is sent, and nothing came back: the provider may be gone. Twice a slow round trip. */
export const ACCEPT_TIMEOUT_MS = 2_000
/** A provider shows life once a second; three misses are an end. */
export const SILENCE_MS = 3_000
