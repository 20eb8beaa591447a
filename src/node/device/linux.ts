import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ThermalState } from '../../interface/index.ts'
import type { DeviceState } from './state.ts'

/** A zone that tells no limit of its own is judged by these, in thousandths of a degree. */
const SERIOUS_MILLIDEGREES = 90_000
const FAIR_MILLIDEGREES = 80_000
/** This close below its own passive limit a zone is fair; at it the kernel slows the machine down. */
const MARGIN_MILLIDEGREES = 8_000
/** Sensors that are no part of what computes: batteries, radios and the like run by other limits. */
const COMPUTING_ZONE = /^(x86_pkg_temp|cpu|gpu|soc|acpitz|k10temp|coretemp)/i
const RANK: readonly ThermalState[] = ['nominal', 'fair', 'serious', 'critical']

/** Reads heat and battery of a Linux machine from `/sys`. `root` is another one for tests. */
export async function readLinux(root = '/sys/class'): Promise<DeviceState> {
  const [thermal, batteryPercent] = await Promise.all([readThermal(join(root, 'thermal')), readBattery(root)])
  return { ...(thermal && { thermal }), ...(batteryPercent !== undefined && { batteryPercent }) }
}

/** The worst of all zones that belong to what computes. */
async function readThermal(folder: string): Promise<ThermalState | undefined> {
  const states = await Promise.all((await list(folder)).filter(isZone).map(name => readZone(join(folder, name))))
  const known = states.filter(state => state !== undefined)
  return known.toSorted((a, b) => RANK.indexOf(b) - RANK.indexOf(a))[0]
}

async function readZone(folder: string): Promise<ThermalState | undefined> {
  const type = (await text(join(folder, 'type'))) ?? ''
  const temperature = await number(join(folder, 'temp'))
  if (!COMPUTING_ZONE.test(type) || temperature === undefined || temperature <= 0) return undefined
  const passive = await tripPoint(folder, 'passive')
  const hot = (await tripPoint(folder, 'hot')) ?? (await tripPoint(folder, 'critical'))
  if (hot !== undefined && temperature >= hot - MARGIN_MILLIDEGREES) return 'critical'
  const serious = passive ?? SERIOUS_MILLIDEGREES
  if (temperature >= serious) return 'serious'
  return temperature >= (passive === undefined ? FAIR_MILLIDEGREES : passive - MARGIN_MILLIDEGREES) ? 'fair' : 'nominal'
}

async function tripPoint(folder: string, kind: string): Promise<number | undefined> {
  for (const name of await list(folder)) {
    const match = /^(trip_point_\d+)_type$/.exec(name)
    if (match === null || (await text(join(folder, name))) !== kind) continue
    const value = await number(join(folder, `${match[1]}_temp`))
    if (value !== undefined && value > 0) return value
  }
  return undefined
}

/** Percent, while it discharges and no mains is on line. */
async function readBattery(root: string): Promise<number | undefined> {
  const folder = join(root, 'power_supply')
  let percent: number | undefined
  for (const name of await list(folder)) {
    const at = join(folder, name)
    const type = await text(join(at, 'type'))
    if (type === 'Mains' && (await number(join(at, 'online'))) === 1) return undefined
    // A mouse has a battery too, of scope Device.
    if (type !== 'Battery' || (await text(join(at, 'scope'))) === 'Device') continue
    if ((await text(join(at, 'status'))) === 'Discharging') percent ??= await number(join(at, 'capacity'))
  }
  return percent
}

function isZone(name: string): boolean {
  return name.startsWith('thermal_zone')
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch {
    return []
  }
}

async function text(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch {
    // Sensors that sleep give errors when they are read.
    return undefined
  }
}

async function number(file: string): Promise<number | undefined> {
  const value = Number((await text(file)) ?? Number.NaN)
  return Number.isFinite(value) ? value : undefined
}
