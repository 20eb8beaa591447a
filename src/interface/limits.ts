/** Bounds that both ends of the wire, the engines and HTTP share. Sources: `docs/ARCHITECTURE.md`, Limits. */

/** One request: messages, tools and schema together. */
export const MAX_REQUEST_BYTES = 1 << 20
export const MAX_MESSAGES = 4096
export const MAX_PARTS = 256
export const MAX_TOOLS = 128
export const MAX_STOP_STRINGS = 4
/** In UTF-16 units. */
export const MAX_STOP_LENGTH = 64
export const MAX_SCHEMA_BYTES = 16 << 10
export const MAX_SCHEMA_DEPTH = 16
/** More tokens than any context in use today; a larger number is clamped. */
export const MAX_TOKENS = 1 << 20
/** Tokens of an answer that is continued elsewhere. */
export const MAX_RESUME_TOKENS = 131_072
export const MAX_LOGPROBS = 5
export const MAX_TOP_K = 200
export const MAX_NAME_LENGTH = 128
export const MAX_SESSION_ID_LENGTH = 64
export const MAX_CONVERSATION_TAG_BYTES = 64
/** Longest time an answer may take: a week would be a leak, 15 minutes is long for a person. */
export const MAX_DEADLINE_MS = 15 * 60_000
/** Texts in one request for vectors or ranks. */
export const MAX_EMBED_INPUTS = 256
/** Images and other media of one request together; they travel in frames of their own. */
export const MAX_MEDIA_BYTES = 16 << 20
/** Images in one request. */
export const MAX_MEDIA_PARTS = 32
