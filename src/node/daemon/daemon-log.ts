import type { P2paiNode } from '../create-node.ts'
import { reason } from '../home/home-folder.ts'
import type { LogLevel, NodeLog } from '../options.ts'
import { LogFile } from './log-file.ts'

const WEIGHT: Record<LogLevel, number> = { info: 0, warn: 1, error: 2 }

/** Everything that a daemon writes down. */
export interface DaemonLog {
  /** To the file, and to whoever listens to the daemon. */
  all: NodeLog
  /** To the file alone: what happens so often that nobody wants to watch it. */
  file: NodeLog
  flush(): Promise<void>
}

/** The log of a daemon, with its file. Lines below `level` are left out of both. */
export function openDaemonLog(
  files: readonly [string, ...string[]],
  level: LogLevel,
  listener: NodeLog = () => undefined
): DaemonLog {
  const heard = atLeast(level, listener)
  const lines = new LogFile(files, {
    onProblem: error => heard('warn', 'the log file cannot be written', { path: files[0], error: reason(error) })
  })
  const file = atLeast(level, (lineLevel, event, fields = {}) => {
    lines.write(JSON.stringify({ time: new Date().toISOString(), level: lineLevel, event, ...fields }))
  })
  const all: NodeLog = (lineLevel, event, fields) => {
    file(lineLevel, event, fields)
    heard(lineLevel, event, fields)
  }
  return { all, file, flush: () => lines.flush() }
}

/** Writes down who asked and who was asked, and what came of it. Of the contents nothing is known here. */
export function logTraffic(node: P2paiNode, log: NodeLog): void {
  node.addEventListener('request:end', ({ detail }) => log('info', 'request', { ...detail }))
  node.addEventListener('attempt:end', ({ detail }) => log('info', 'attempt', { ...detail }))
}

function atLeast(level: LogLevel, log: NodeLog): NodeLog {
  return (lineLevel, event, fields) => {
    if (WEIGHT[lineLevel] >= WEIGHT[level]) log(lineLevel, event, fields)
  }
}
