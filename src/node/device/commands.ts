import { execFile } from 'node:child_process'
import type { ThermalState } from '../../interface/index.ts'

/** A tool of the system that does not answer by then is not asked for long. */
const COMMAND_TIMEOUT_MS = 2_000

/** What a tool of the system prints; undefined when it is not there, fails or hangs. */
export async function printed(command: string, words: readonly string[]): Promise<string | undefined> {
  return await new Promise(resolve => {
    execFile(command, words, { timeout: COMMAND_TIMEOUT_MS, maxBuffer: 1 << 20 }, (error, stdout) =>
      resolve(error === null ? stdout : undefined)
    )
  })
}

/** Whether somebody uses keyboard or mouse; undefined where the system does not tell. */
export async function readOwnerActive(platform = process.platform): Promise<boolean | undefined> {
  if (platform === 'darwin') {
    const nanoseconds = /"HIDIdleTime" = (\d+)/.exec((await printed('ioreg', ['-c', 'IOHIDSystem'])) ?? '')?.[1]
    return nanoseconds === undefined ? undefined : Number(nanoseconds) < 60e9
  }
  if (platform !== 'linux') return undefined
  // A session without a seat, as over ssh, has no keyboard: its hint says nothing of an owner.
  const session = process.env.XDG_SESSION_ID
  if (session === undefined) return undefined
  const hints = await printed('loginctl', ['show-session', session, '-p', 'IdleHint', '-p', 'Seat'])
  if (hints === undefined || !/^Seat=\S/m.test(hints)) return undefined
  return /^IdleHint=no$/m.test(hints)
}

/** How hot the machine is; undefined where the system does not tell. Linux tells in files, see `linux.ts`. */
export async function readThermal(platform = process.platform): Promise<ThermalState | undefined> {
  return platform === 'darwin' ? thermalOfPmset((await printed('pmset', ['-g', 'therm'])) ?? '') : undefined
}

/** macOS tells how far it slows the processor down, in percent of its speed; nothing before the first time. */
export function thermalOfPmset(text: string): ThermalState | undefined {
  if (/No thermal warning level has been recorded/.test(text)) return 'nominal'
  const limit = /CPU_Speed_Limit\s*=\s*(\d+)/.exec(text)?.[1]
  if (limit === undefined) return undefined
  const percent = Number(limit)
  if (percent >= 100) return 'nominal'
  return percent > 80 ? 'fair' : percent > 50 ? 'serious' : 'critical'
}

/** Whether the line costs money by volume; undefined where the system does not tell. */
export async function readMetered(platform = process.platform): Promise<boolean | undefined> {
  if (platform !== 'linux') return undefined
  const metered = await printed('busctl', [
    'get-property',
    'org.freedesktop.NetworkManager',
    '/org/freedesktop/NetworkManager',
    'org.freedesktop.NetworkManager',
    'Metered'
  ])
  // NMMetered: 1 yes, 2 no, 3 guessed yes, 4 guessed no.
  const value = Number(/^u (\d)/.exec(metered ?? '')?.[1] ?? 0)
  return value === 0 ? undefined : value === 1 || value === 3
}
