import type { HardwareClass } from '../../src/interface/index.ts'
import { logUniform, type Random, type Range, uniform } from './random.ts'

/** What a class of devices can do, as in `routing.md` section 2. Speeds in tokens a second, of the smallest model. */
interface DeviceClass {
  kind: HardwareClass
  decode: Range
  prefill: Range
  slots: number
  /** Models kept in memory at once. */
  warmModels: number
  /** Conversations whose prefix is kept. */
  cachedConversations: number
  /** To load the smallest model. */
  loadMs: Range
  /** What the device's own line adds to the way, one way and back. */
  lastMileMs: Range
  /** How likely it has each of the six models on disk. */
  onDisk: readonly number[]
  /** Speed left while the owner uses it, and how long it is left alone on average. */
  owner: { factor: number; awayMs: number }
  heats: boolean
}

const PERSONAL = { factor: 0.4, awayMs: 180_000 }

const CLASSES: readonly DeviceClass[] = [
  {
    kind: 'server',
    decode: [100, 150],
    prefill: [5_000, 9_000],
    slots: 8,
    warmModels: 4,
    cachedConversations: 64,
    loadMs: [2_000, 4_000],
    lastMileMs: [2, 10],
    onDisk: [1, 1, 1, 1, 1, 1],
    owner: { factor: 0.7, awayMs: 400_000 },
    heats: false
  },
  {
    kind: 'desktop',
    decode: [40, 100],
    prefill: [800, 3_000],
    slots: 2,
    warmModels: 2,
    cachedConversations: 12,
    loadMs: [2_000, 5_000],
    lastMileMs: [5, 25],
    onDisk: [0.5, 0.5, 0.5, 0.7, 0.7, 0.25],
    owner: PERSONAL,
    heats: false
  },
  {
    kind: 'laptop',
    decode: [10, 35],
    prefill: [120, 500],
    slots: 1,
    warmModels: 1,
    cachedConversations: 4,
    loadMs: [4_000, 10_000],
    lastMileMs: [5, 30],
    onDisk: [0.6, 0.6, 0.6, 0.4, 0.4, 0],
    owner: PERSONAL,
    heats: false
  },
  {
    kind: 'phone',
    decode: [3, 12],
    prefill: [25, 120],
    slots: 1,
    warmModels: 1,
    cachedConversations: 2,
    loadMs: [12_000, 25_000],
    lastMileMs: [20, 60],
    onDisk: [0.5, 0.5, 0.5, 0, 0, 0],
    owner: PERSONAL,
    heats: true
  },
  {
    kind: 'browser',
    decode: [1.5, 12],
    prefill: [20, 150],
    slots: 1,
    warmModels: 1,
    cachedConversations: 1,
    loadMs: [10_000, 30_000],
    lastMileMs: [10, 40],
    onDisk: [0.4, 0.4, 0.4, 0, 0, 0],
    owner: PERSONAL,
    heats: false
  }
]

/** What there is of each class, in its order, and how often each model is asked for. */
const MIXES = {
  mixed: { shares: [0.02, 0.18, 0.35, 0.3, 0.15], demand: [0.25, 0.15, 0.1, 0.22, 0.13, 0.15] },
  edge: { shares: [0, 0, 0.25, 0.5, 0.25], demand: [0.5, 0.3, 0.2, 0, 0, 0] }
} as const

/** Speed of each model by the smallest one's, */
export const MODEL_SPEED: readonly number[] = [1, 1, 1, 0.35, 0.35, 0.12]
/** and the time to load it. */
export const MODEL_SIZE: readonly number[] = [1, 1, 1, 2.2, 2.2, 5]
export const DEVICE_KINDS: readonly HardwareClass[] = CLASSES.map(({ kind }) => kind)

/** One drawn device. */
export interface Device {
  kind: HardwareClass
  decode: number
  prefill: number
  slots: number
  warmModels: number
  cachedConversations: number
  loadMs: number
  lastMileMs: number
  x: number
  y: number
  onDisk: readonly boolean[]
  owner: { factor: number; awayMs: number }
  heats: boolean
}

export type Mix = keyof typeof MIXES

export function demandOf(mix: Mix): readonly number[] {
  return MIXES[mix].demand
}

/** `count` devices in the same shares whatever the count, so that sizes can be compared. */
export function drawDevices(count: number, mix: Mix, random: Random): Device[] {
  return Array.from({ length: count }, (_, index) => drawDevice(classAt((index + 0.5) / count, mix), random))
}

function classAt(place: number, mix: Mix): DeviceClass {
  let sum = 0
  const index = MIXES[mix].shares.findIndex(share => {
    sum += share
    return place < sum
  })
  return CLASSES[index === -1 ? CLASSES.length - 1 : index]!
}

function drawDevice(of: DeviceClass, random: Random): Device {
  const onDisk = of.onDisk.map(share => random() < share)
  // Whoever takes part has at least one of the small models.
  if (!onDisk.includes(true)) onDisk[Math.floor(random() * 3)] = true
  return {
    ...of,
    onDisk,
    decode: logUniform(random, of.decode),
    prefill: logUniform(random, of.prefill),
    loadMs: uniform(random, of.loadMs),
    lastMileMs: uniform(random, of.lastMileMs),
    x: random(),
    y: random()
  }
}
