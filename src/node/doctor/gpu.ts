import { type Finding, ok, warn } from './finding.ts'

const GPU_TIMEOUT_MS = 4_000
/** Cards that models run on. Others draw the screen, alone or as a part of the processor. */
const USABLE = /nvidia|geforce|\bamd\b|advanced micro devices|radeon|\barc\b|apple/i

/** The cards of this machine. */
export interface FoundGpus {
  finding: Finding
  /** Those that the engine should use. */
  usable: string[]
}

/** Asks the system's own tools, which may be slow or stuck. */
export async function findGpus(): Promise<FoundGpus> {
  const { graphics } = await import('systeminformation')
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), GPU_TIMEOUT_MS)
  })
  const found = await Promise.race([graphics(), timeout])
  clearTimeout(timer)
  if (found === undefined) {
    const finding = warn('gpu', 'the system did not name its GPUs in time', 'try again; is a driver stuck?')
    return { finding, usable: [] }
  }
  const names = found.controllers
    .map(({ vendor, model, vram }) => `${`${vendor} ${model}`.trim()}${vram ? ` (${vram} MiB)` : ''}`)
    .filter(name => name !== '')
  const finding = ok('gpu', names.join(', ') || 'none; the processor computes')
  return { finding, usable: names.filter(name => USABLE.test(name)) }
}

/** What it means that the engine runs on this hardware, where there are these cards. */
export function checkHardware(hardware: string, usable: readonly string[], says: string): Finding {
  const isOnProcessor = hardware === '' || hardware.startsWith('cpu')
  if (!isOnProcessor || usable.length === 0) return ok('engine', says)
  const fix = 'install the driver of the card, with CUDA or Vulkan; what is missing: npx node-llama-cpp inspect gpu'
  return warn('engine', `${says}, although there is ${usable.join(', ')}`, fix)
}
