/**
 * For tests of programs that use p2pai: an engine that says what it is told to, and the suite that every engine
 * passes.
 *
 * @packageDocumentation
 */
export { type Collected, collect, joinToolCalls } from './collect.ts'
export type { ConformanceSubject, TestRunner } from './conformance-subject.ts'
export { embeddingConformance } from './embedding-conformance.ts'
export { engineConformance } from './engine-conformance.ts'
export { SCRIPTED_DIMENSIONS } from './scripted-embed.ts'
export { type ScriptedCall, type ScriptedEmbedCall, type ScriptedEngine, scriptedEngine } from './scripted-engine.ts'
export {
  SCRIPTED_TEXT,
  type ScriptedEngineOptions,
  type ScriptedFailure,
  type ScriptedToolCall
} from './scripted-options.ts'
export { SCRIPTED_MARGIN } from './scripted-score.ts'
