import { FLOAT_BYTES, MAX_VALUES_BYTES } from '../embed/constants.ts'

/** Protocol id. The minor number grows when fields are added, which old readers skip. */
export const SCORE_PROTOCOL = '/p2p-ai/score/1.0'

/** Margins in one frame. */
export const MARGINS_PER_FRAME = MAX_VALUES_BYTES / FLOAT_BYTES
