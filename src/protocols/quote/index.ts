/**
 * `/p2p-ai/quote/1.0`: what would a request cost, without the prompt. The wire is described in `spec/quote.md`.
 *
 * @packageDocumentation
 */
export { quoteClient } from './client.ts'
export { QUOTE_PROTOCOL } from './constants.ts'
export { sealQuote } from './sealed-quote.ts'
export { quoteServer } from './server.ts'
