import { memoryForModels } from '../../inference/index.ts'
import { readMetered, readOwnerActive, readThermal } from './commands.ts'
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
  const [body, freeMemoryBytes, isOwnerActive, isMetered] = await Promise.all([
    process.platform === 'linux' ? readLinux() : readOther(),
    memoryForModels(),
    options.owner ? readOwnerActive() : undefined,
    options.metered ? readMetered() : undefined
  ])
  return {
    ...body,
    freeMemoryBytes,
    ...(isOwnerActive !== undefined && { isOwnerActive }),
    ...(isMetered !== undefined && { isMetered })
  }
}

/** macOS and Windows, through systeminformation, which is loaded only there. */
async function readOther(): Promise<DeviceState> {
  try {
    const { default: system } = await import('systeminformation')
    const [battery, thermal] = await Promise.all([Promise.race([system.battery(), late()]), readThermal()])
    const isOnBattery = battery?.hasBattery === true && !battery.acConnected
    return { ...(thermal && { thermal }), ...(isOnBattery && { batteryPercent: battery.percent }) }
  } catch {
    return {}
  }
}

async function late(): Promise<undefined> {
  return await new Promise(resolve => setTimeout(resolve, READ_TIMEOUT_MS, undefined).unref())
}
