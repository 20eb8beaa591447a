import os from 'node:os'
import { type MachineMemory, machineMemory } from '../memory/machine-memory.ts'
import { graphicsMemory } from './graphics-memory.ts'

/** What one core reads of a quantized model in a second while it computes. About. */
const CORE_BYTES_PER_SECOND = 5e9
/** What the memory of an ordinary machine gives to all cores together. About. */
const MEMORY_BYTES_PER_SECOND = 40e9
/** The slowest Mac whose processor and graphics share one memory. */
const APPLE_BYTES_PER_SECOND = 60e9

/** What decides which model suits a machine. */
export interface Machine extends MachineMemory {
  /** Free memory of graphics cards of their own; 0 where there is none, or it is not to be used. */
  graphicsBytes: number
  /** Weights that are read in a second without such a card: an estimate, and the bound of its speed. */
  bytesPerSecond: number
}

/** Whether the graphics card is to be used, as in `DaemonOptions`. */
export interface MachineOptions {
  /** @default 'auto' */
  gpu?: 'auto' | 'off' | number | undefined
}

/** This machine at this moment. Asks the tools of graphics cards, which takes some 100 ms where there are any. */
export async function thisMachine({ gpu }: MachineOptions = {}): Promise<Machine> {
  const withoutCard = gpu === 'off' || gpu === 0
  const [memory, graphicsBytes] = await Promise.all([machineMemory(), withoutCard ? 0 : graphicsMemory()])
  return { ...memory, graphicsBytes, bytesPerSecond: bytesPerSecond() }
}

function bytesPerSecond(): number {
  if (process.platform === 'darwin' && process.arch === 'arm64') return APPLE_BYTES_PER_SECOND
  return Math.min(MEMORY_BYTES_PER_SECOND, os.availableParallelism() * CORE_BYTES_PER_SECOND)
}
