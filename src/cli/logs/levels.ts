/** What `--log-level`, `logs --level` and `logs level` take, from all to the worst. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const

/** Whether a line of this level is wanted. One of no known level is: it may be a newer daemon's. */
export function isWanted(level: string, least: (typeof LOG_LEVELS)[number]): boolean {
  const levels: readonly string[] = LOG_LEVELS
  const at = levels.indexOf(level)
  return at < 0 || at >= levels.indexOf(least)
}
