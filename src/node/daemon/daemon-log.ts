import type { P2paiNode } from '../create-node.ts'
import { reason } from '../home/home-folder.ts'
import type { LogLevel, NodeLog } from '../options.ts'
import { RateLimiter } from '../rate.ts'
import { LogFile } from './log-file.ts'
import { LogLevels } from './log-levels.ts'

/** Everything that a daemon writes down. */
export interface DaemonLog {
  /** To the file, and to whoever listens to the daemon. */
  all: NodeLog
  /** To the file alone: what happens so often that nobody wants to watch it. */
  file: NodeLog
  /** Which lines are written; may be changed at any time. */
  levels: LogLevels
  flush(): Promise<void>
}

/** The log of a daemon, with its file. Lines below `level` are left out of both, until another one is set. */
export function openDaemonLog(
  files: readonly [string, ...string[]],
  level: LogLevel,
  listener: NodeLog = () => undefined
): DaemonLog {
  const levels = new LogLevels(level)
  const heard = wanted(levels, listener)
  const lines = new LogFile(files, {
    onProblem: error => heard('warn', 'the log file cannot be written', { path: files[0], error: reason(error) })
  })
  const file = wanted(levels, (lineLevel, event, fields = {}) => {
    lines.write(JSON.stringify({ time: new Date().toISOString(), level: lineLevel, event, ...fields }))
  })
  const all: NodeLog = (lineLevel, event, fields) => {
    file(lineLevel, event, fields)
    heard(lineLevel, event, fields)
  }
  return { all, file, levels, flush: () => lines.flush() }
}

/** Lines about one peer at once, and after how long there may be one more: a flood must not push all else out. */
const TRAFFIC_BURST = 100
const TRAFFIC_REFILL_MS = 1_000

/** Writes down who asked and who was asked, and what came of it. Of the contents nothing is known here. */
export function logTraffic(node: Pick<P2paiNode, 'addEventListener'>, log: NodeLog): void {
  const limiter = new RateLimiter(TRAFFIC_BURST, TRAFFIC_REFILL_MS)
  let untold = 0
  const told = (event: string, detail: { peerId: string; outcome: string }): void => {
    if (!limiter.take(detail.peerId)) {
      untold++
      return
    }
    if (untold > 0) log('warn', 'requests not written down, because a peer sent too many', { count: untold })
    untold = 0
    log('info', event, { ...detail })
  }
  node.addEventListener('request:end', ({ detail }) => told('request', detail))
  node.addEventListener('attempt:end', ({ detail }) => told('attempt', detail))
}

/** Writes down who comes and goes, for those who look for a reason why somebody is not found. */
export function logPeers(node: Pick<P2paiNode, 'addEventListener'>, log: NodeLog): void {
  for (const event of ['peer:connect', 'peer:disconnect', 'provider:lost'] as const) {
    node.addEventListener(event, ({ detail: { peerId } }) => log('debug', event, { peerId }))
  }
  node.addEventListener('provider:found', ({ detail: { peerId, models } }) => {
    log('debug', 'provider:found', { peerId, models: models.map(({ name }) => name) })
  })
}

function wanted(levels: LogLevels, log: NodeLog): NodeLog {
  return (level, event, fields) => {
    if (levels.wants(level, event)) log(level, event, fields)
  }
}
