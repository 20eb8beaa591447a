/**
 * `/p2p-ai/embed/1.0`: texts in, vectors or scores out. The wire is described in `spec/embed.md`.
 *
 * @packageDocumentation
 */
export { embedClient } from './client.ts'
export { EMBED_PROTOCOL } from './constants.ts'
export { embedServer } from './server.ts'
