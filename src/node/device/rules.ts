import type { Hours } from './hours.ts'
import type { DeviceState } from './state.ts'

/** Below this a device on battery keeps the rest for its owner; `routing.md` 3.1. */
export const DEFAULT_MIN_BATTERY_PERCENT = 20

/** When a device works for others. */
export interface SharingRules {
  /** Hours of the day. @default always */
  when?: Hours
  /** Share of the time that it may work for others, above 0 to 1. @default 1 */
  maxLoad?: number
  /** On battery, only above this many percent. @default 20 */
  minBatteryPercent?: number
  /** Not while somebody uses its keyboard or mouse. @default false */
  onlyWhenIdle?: boolean
  /** Not over a line that costs money by volume. @default false */
  notMetered?: boolean
}

/** Why a device takes no work of others now, in words for its owner; undefined when it does. Pure. */
export function whyNotSharing(
  rules: SharingRules,
  state: DeviceState,
  { now, load }: { now: Date; load: number }
): string | undefined {
  const { minBatteryPercent = DEFAULT_MIN_BATTERY_PERCENT, maxLoad = 1 } = rules
  if (rules.when?.includes(now) === false) return 'outside of the hours that its owner set'
  if (state.thermal === 'serious' || state.thermal === 'critical') return 'too hot'
  if (state.batteryPercent !== undefined && state.batteryPercent < minBatteryPercent) {
    return `on battery, ${Math.round(state.batteryPercent)} % left`
  }
  if (rules.onlyWhenIdle === true && state.isOwnerActive === true) return 'its owner uses it'
  if (rules.notMetered === true && state.isMetered === true) return 'its line is metered'
  return load >= maxLoad && maxLoad < 1 ? 'it has worked its share for now' : undefined
}
