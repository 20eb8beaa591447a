/** From all to the worst. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** What the daemon writes down, by parts of it; changed while it runs. */
export interface LogLevelControl {
  /** The level of each part: what matters less is left out. */
  read(): Record<string, string>
  /** Changes one part, or all of them. Throws `InvalidRequestError` for a part that there is not. */
  set(level: (typeof LOG_LEVELS)[number], part?: string): void
}
