import type { ThermalState } from '../../interface/index.ts'

/** What a device is like now, as far as it can be known. What is absent is not known, and counts as no obstacle. */
export interface DeviceState {
  thermal?: ThermalState
  /** 0 to 100, only while it runs on battery. */
  batteryPercent?: number
  /** Its line costs money by volume. */
  isMetered?: boolean
  /** Memory that is left for models. */
  freeMemoryBytes?: number
  /** Somebody uses its keyboard or mouse now. */
  isOwnerActive?: boolean
}
