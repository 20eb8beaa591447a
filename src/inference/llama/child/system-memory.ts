import { statSync } from 'node:fs'
import os from 'node:os'

/** Memory as this process may use it, in bytes. */
export interface SystemMemory {
  totalBytes: number
  availableBytes: number
  /** Size of the model's file, which is what its weights take. */
  weightsBytes: number
}

/** Reads the memory of the machine, or of the container when its limit is lower, and what a model's weights take. */
export function systemMemory(modelFile: string): SystemMemory {
  const limit = process.constrainedMemory()
  // Without a limit the answer is 0 or a number beyond any machine.
  const limited = limit > 0 && limit < os.totalmem()
  return {
    totalBytes: limited ? limit : os.totalmem(),
    availableBytes: limited ? Math.min(os.freemem(), process.availableMemory()) : os.freemem(),
    weightsBytes: statSync(modelFile).size
  }
}
