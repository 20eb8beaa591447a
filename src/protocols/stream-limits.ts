/** What `/p2p-ai/infer/1.0`, `/p2p-ai/embed/1.0` and `/p2p-ai/score/1.0` share: one request a stream, taken, worked on with signs of life, ended. */

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

/** The slowest line that is waited for: 16 kB/s, a poor mobile uplink. */
export const SLOW_LINE_BYTES_PER_MS = 16
/** Longest time for the images of one request: 16 MiB at 56 kB/s. */
const MAX_TRANSFER_MS = 300_000

/** How long so many bytes after a request may take, on top of the time for the request itself. */
export function transferMs(bytes: number): number {
  return REQUEST_TIMEOUT_MS + Math.min(MAX_TRANSFER_MS, bytes / SLOW_LINE_BYTES_PER_MS)
}
