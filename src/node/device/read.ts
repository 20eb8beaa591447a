import { readMetered, readOwnerActive } from './commands.ts'
import { readLinux } from './linux.ts'
import type { DeviceState } from './state.ts'

/** systeminformation starts programs of the system, which may hang. */
const READ_TIMEOUT_MS = 5_000

/** What of the device is worth a program of the system being started for it. */
export interface ReadDeviceOptions {
  owner: boolean
  metered: boolean
}

/** Reads what the device is like now. Never throws: what cannot be read is not known. */
export async function readDevice(options: ReadDeviceOptions): Promise<DeviceState> {
  const [body, isOwnerActive, isMetered] = await Promise.all([
    process.platform === 'linux' ? readLinux() : readOther(),
    options.owner ? readOwnerActive() : undefined,
    options.metered ? readMetered() : undefined
  ])
  return {
    ...body,
    ...(isOwnerActive !== undefined && { isOwnerActive }),
    ...(isMetered !== undefined && { isMetered })
  }
}

/** macOS and Windows, through systeminformation, which is loaded only there. */
async function readOther(): Promise<DeviceState> {
  try {
    const { default: system } = await import('systeminformation')
    const battery = await Promise.race([system.battery(), late()])
    if (battery === undefined || !battery.hasBattery || battery.acConnected) return {}
    return { batteryPercent: battery.percent }
  } catch {
    return {}
  }
}

async function late(): Promise<undefined> {
  return await new Promise(resolve => setTimeout(resolve, READ_TIMEOUT_MS, undefined).unref())
}
