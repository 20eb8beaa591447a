import type { NodeLog } from '../index.ts'

/**
 * Keeps a daemon alive when some request's promise is rejected with nobody listening: that request has failed, the
 * others go on. Each is logged with its number, so that a defect does not stay hidden.
 */
export function outliveRejections(log: NodeLog): void {
  let count = 0
  process.on('unhandledRejection', reason => {
    count++
    log('error', 'unhandled rejection', { count, error: reason instanceof Error ? reason.stack : String(reason) })
  })
}
