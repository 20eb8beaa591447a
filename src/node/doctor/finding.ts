/** `ok`: fine. `warn`: works, but less well than it could. `fail`: something will not work. */
export type FindingStatus = 'ok' | 'warn' | 'fail'

/** One thing that `p2pai doctor` looked at. */
export interface Finding {
  /** What was looked at: `home`, `clock`, `bootstrap` … */
  name: string
  status: FindingStatus
  /** What was found, in a sentence. */
  says: string
  /** What to do about it. */
  fix?: string
}

/** Looks at one thing. May throw: that is a finding too. */
export type Check = (signal: AbortSignal) => Promise<Finding[]>

/** A finding that needs nothing done. */
export function ok(name: string, says: string): Finding {
  return { name, status: 'ok', says }
}

/** Something that could be better, and how. */
export function warn(name: string, says: string, fix: string): Finding {
  return { name, status: 'warn', says, fix }
}

/** Something that does not work, and what to do. */
export function fail(name: string, says: string, fix: string): Finding {
  return { name, status: 'fail', says, fix }
}
