import { execFile } from 'node:child_process'
import os from 'node:os'
import { promisify } from 'node:util'
import { availableFromVmStat } from './vm-stat.ts'

/** This share of all memory stays free, whatever is loaded: the machine is somebody's. */
export const FREE_SHARE = 0.25

const VM_STAT = '/usr/bin/vm_stat'
const VM_STAT_MS = 2000
const VM_STAT_BYTES = 64 << 10
/** Assumed to be available on a Mac that does not tell. */
const MAC_SHARE = 0.5

/** Memory as this process and its children may use it, in bytes. */
export interface MachineMemory {
  /** All memory: of the machine, or of its container. */
  totalBytes: number
  /** What is free now. */
  availableBytes: number
}

/** Reads the memory of the machine, or of the container when its limit is lower. */
export async function machineMemory(): Promise<MachineMemory> {
  const totalBytes = os.totalmem()
  if (process.platform === 'darwin') return { totalBytes, availableBytes: await macAvailable(totalBytes) }
  const limit = process.constrainedMemory()
  // Without a limit the answer is 0 or a number beyond any machine.
  const limited = limit > 0 && limit < totalBytes
  return {
    totalBytes: limited ? limit : totalBytes,
    availableBytes: limited ? Math.min(os.freemem(), process.availableMemory()) : os.freemem()
  }
}

/** Advertised memory is told in steps, so that adverts tell no more of a machine than they must. */
const STEP_BYTES = 256 << 20

/** Memory of this machine that models may still take, in steps of 256 MiB. */
export async function memoryForModels(): Promise<number> {
  const { totalBytes, availableBytes } = await machineMemory()
  return Math.max(0, Math.floor((availableBytes - FREE_SHARE * totalBytes) / STEP_BYTES) * STEP_BYTES)
}

/** What Node calls free memory on macOS are pages that were never used, next to nothing on a Mac that ran for a day. */
export async function macAvailable(totalBytes: number, command = VM_STAT): Promise<number> {
  try {
    const options = { timeout: VM_STAT_MS, maxBuffer: VM_STAT_BYTES, killSignal: 'SIGKILL' as const }
    const { stdout } = await promisify(execFile)(command, [], options)
    return Math.min(totalBytes, availableFromVmStat(stdout) ?? totalBytes * MAC_SHARE)
  } catch {
    // Not there, too slow or too long: half of the machine is a fair guess, and the gate leaves a quarter free.
    return totalBytes * MAC_SHARE
  }
}
