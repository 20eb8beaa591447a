/** When a network is too large to tell everybody everything. For tests and for networks of their own kind. */
export interface ScaleOptions {
  /** Above so many providers nodes leave whole gossip, and records in the DHT are spread over shards. @default 300 */
  largeAbove?: number
  /** In a large network gossip is heard once in this time, at the same moments everywhere. @default 300000 */
  windowEveryMs?: number
  /** And for this long. @default 20000 */
  windowMs?: number
}

/**
 * Numbers: `routing.md` 3.2. Whole gossip takes 8 kB/s at any size, since the cadence stretches; heard for a fifteenth
 * of the time it takes 0.5 kB/s.
 */
export const SCALE: Required<ScaleOptions> = { largeAbove: 300, windowEveryMs: 300_000, windowMs: 20_000 }

/** Adverts that a node asks for, and keeps fresh, where it does not hear all: the working set. */
export const SAMPLE_SIZE = 48
