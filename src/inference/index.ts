/**
 * Engines that compute on this machine, and what they share: a fair queue for slots, and a set that makes one engine
 * of several.
 *
 * @packageDocumentation
 */
export * from './engine-set.ts'
export * from './fair-queue.ts'
export * from './llama/index.ts'
export { ModelManager } from './manager/model-manager.ts'
export { memoryForModels } from './memory/machine-memory.ts'
export * from './models/index.ts'
export * from './openai-upstream/index.ts'
