/**
 * `/p2p-ai/score/1.0`: an answer of somebody else in, its margins out. The wire is described in `spec/score.md`.
 *
 * @packageDocumentation
 */
export { scoreClient } from './client.ts'
export { SCORE_PROTOCOL } from './constants.ts'
export { scoreServer } from './server.ts'
