/**
 * The daemon: a node with engines, a lock on its home and a control socket.
 *
 * @packageDocumentation
 */
export { type LocalEngineOptions, openLocalEngine } from './engines.ts'
export type { Daemon, DaemonOptions, DaemonReady } from './options.ts'
export { startDaemon } from './start.ts'
