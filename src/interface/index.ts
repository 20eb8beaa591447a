/**
 * The leaf that all rooms know: types, errors and pure helpers without I/O. Read this folder first.
 *
 * @packageDocumentation
 */
export * from './capabilities.ts'
export * from './embedding.ts'
export * from './engine.ts'
export * from './error-base.ts'
export * from './error-table.ts'
export * from './errors.ts'
export * from './events.ts'
export * from './expected-wait.ts'
export * from './limits.ts'
export * from './media-type.ts'
export * from './messages.ts'
export * from './model-control.ts'
export * from './model-name.ts'
export * from './model-task.ts'
export * from './node.ts'
export * from './outcome-spread.ts'
export * from './peer-name.ts'
export * from './quote.ts'
export * from './request.ts'
export * from './routing.ts'
export * from './score.ts'
export * from './validate-embed.ts'
export * from './validate-media.ts'
export * from './validate-request.ts'
