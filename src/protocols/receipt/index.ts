/**
 * The signed records of a job: what an asker acknowledges, and the receipt of its provider. They travel in
 * `/p2p-ai/infer/1.0` and are described in `spec/receipt.md`.
 *
 * @packageDocumentation
 */
export { openAcknowledgement, openReceipt, sealAcknowledgement, sealReceipt } from './sealed.ts'
