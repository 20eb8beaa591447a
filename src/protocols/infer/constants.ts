/** Protocol id. The minor number grows when fields are added, which old readers skip. */
export const INFER_PROTOCOL = '/p2p-ai/infer/1.0'

/** Largest frame from the provider, and from the client after its request. */
export const MAX_EVENT_FRAME_BYTES = 64 << 10
/** Later deltas wait this long for company; a write costs more than a token. */
export const JOIN_DELTAS_MS = 40
/** Most frames a client may send after its request. One acknowledgement every 16 tokens of the longest answer. */
export const MAX_CLIENT_FRAMES = 65_536

/** Most deltas and signs of life in one answer, so that empty ones come to an end too. */
export const MAX_ANSWER_EVENTS = 2 << 20
/** Longest answer that is read, in UTF-16 units: far above any context, far below the memory of a phone. */
export const MAX_ANSWER_LENGTH = 16 << 20
