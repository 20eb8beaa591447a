/**
 * Models on this machine, and how to get more: a catalog, downloads that survive a kill and are checked against the
 * hub's SHA-256, and the stores of other programs, used in place.
 *
 * @packageDocumentation
 */
export { type CatalogEntry, findInCatalog, type ModelPurpose } from './catalog.ts'
export type { Recommendation } from './fit.ts'
export { type ModelLibrary, modelLibrary } from './library.ts'
export type { LocalModel, ModelPlace } from './local-model.ts'
