/**
 * `/p2p-ai/infer/1.0`: one request a stream, and its answer token by token. The wire is described in `spec/infer.md`.
 *
 * @packageDocumentation
 */
export type { AskerBooks, AskerPlan, ProviderBooks } from './books.ts'
export { inferClient } from './client.ts'
export { INFER_PROTOCOL } from './constants.ts'
export { inferServer } from './server.ts'
