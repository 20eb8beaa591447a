/** Protocol id. The minor number grows when fields are added, which old readers skip. */
export const EMBED_PROTOCOL = '/p2p-ai/embed/1.0'

/** Longest vector; models in use today have 384 to 8,192 dimensions. */
export const MAX_DIMENSIONS = 16_384
/** Bytes of a number on the wire. */
export const FLOAT_BYTES = 4
/** Vectors or scores in one frame: one of the longest vectors, or as many shorter ones as fit. */
export const MAX_VALUES_BYTES = MAX_DIMENSIONS * FLOAT_BYTES
/** Largest frame from the provider: its values, and a little for their framing. */
export const MAX_ANSWER_FRAME_BYTES = MAX_VALUES_BYTES + 64
/** Most signs of life in one answer: one a text and one a second are far below it. */
export const MAX_SIGNS_OF_LIFE = 65_536
/** How far the length of a vector may be from 1: far above the rounding of 32-bit floats, far below what is not normalised. */
export const LENGTH_TOLERANCE = 0.01
