/** Protocol id. The minor number grows when fields are added, which old readers skip. */
export const QUOTE_PROTOCOL = '/p2p-ai/quote/1.0'
/** A request has a name, a tag and a few numbers. */
export const MAX_QUOTE_REQUEST_BYTES = 512
/** A sealed quote: numbers, two keys and a signature. */
export const MAX_QUOTE_BYTES = 1_024
/** From the opening of the stream to its end, on the provider's side. A requester waits far less. */
export const QUOTE_TIMEOUT_MS = 2_000
/** Binds a quote to its question. */
export const NONCE_BYTES = 16
/** Longest promise: a queue is another one after that. */
export const MAX_VALID_MS = 60_000
