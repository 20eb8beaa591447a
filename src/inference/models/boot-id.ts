import { readFileSync } from 'node:fs'
import os from 'node:os'

const MINUTE_MS = 60_000

/** Names this run of the machine: what was written before it began may have been lost with the power. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Not Linux: the minute in which the machine began. A clock that was set makes it another one, which only costs.
    return String(Math.round((Date.now() - os.uptime() * 1000) / MINUTE_MS))
  }
}
