import type { LogLevelControl } from '../../gateway/control/log-levels.ts'
import { InvalidRequestError, nearestNames } from '../../interface/index.ts'
import type { LogLevel } from '../options.ts'

const WEIGHT: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/** The parts of a daemon whose lines can be wanted apart, and how their events begin; all other lines are the first's. */
const PARTS: Record<string, RegExp> = {
  daemon: /^$/,
  libp2p: /^libp2p$/,
  models: /^(?:model|engine):/,
  peers: /^(?:peer|provider):/,
  requests: /^(?:request|attempt)$/
}

/** Which lines are written down. */
export class LogLevels implements LogLevelControl {
  readonly #levels = new Map<string, LogLevel>()

  /** `level` holds for all parts. */
  constructor(level: LogLevel) {
    this.set(level)
  }

  /** Whether a line with this event is wanted. */
  wants(level: LogLevel, event: string): boolean {
    const part = Object.keys(PARTS).find(name => PARTS[name]?.test(event)) ?? 'daemon'
    return WEIGHT[level] >= WEIGHT[this.#levels.get(part) ?? 'info']
  }

  read(): Record<string, LogLevel> {
    return Object.fromEntries(this.#levels)
  }

  set(level: LogLevel, part?: string): void {
    const names = Object.keys(PARTS)
    if (part !== undefined && !names.includes(part)) {
      throw new InvalidRequestError(
        `the log has no part ${JSON.stringify(part.slice(0, 40))}; there are ${names.join(', ')}`,
        {
          details: { field: 'part', suggestions: nearestNames(part, names).slice(0, 1) }
        }
      )
    }
    for (const name of part === undefined ? names : [part]) this.#levels.set(name, level)
  }
}
