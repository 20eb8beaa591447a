import { InsufficientMemoryError } from '../../../interface/index.ts'
import { FREE_SHARE, type MachineMemory } from '../../memory/machine-memory.ts'

/** What decides how many slots of which size fit. All sizes in bytes. */
export interface MemoryNeeds extends MachineMemory {
  weightsBytes: number
  /** Cache of one token of one sequence. */
  cacheBytesPerToken: number
  /** Of one token weighed against another, for models that read a text as a whole. @default 0 */
  bytesPerPair?: number
  /** Asked for; stepped down when they do not fit. */
  slots: number
  contextSizeTokens: number
}

/** What fits, and why. */
export interface MemoryDecision {
  slots: number
  contextSizeTokens: number
  needBytes: number
  /** Which numbers decided, for the user. */
  text: string
}

const SLOT_STEPS = [8, 4, 2, 1]
const CONTEXT_STEPS = [8192, 4096, 2048]
/** Compute buffers and the library itself; measured at 100 to 170 MB for models from 1 M to 150 M parameters. */
const OVERHEAD_BYTES = 192 * 2 ** 20

/**
 * Fits weights and slots x context into the memory, a quarter of which stays free: fewer slots first, then a smaller
 * context. Throws `InsufficientMemoryError` with the numbers when even the smallest does not fit.
 */
export function decideMemory(needs: MemoryNeeds): MemoryDecision {
  const budgetBytes = needs.availableBytes - needs.totalBytes * FREE_SHARE
  for (const contextSizeTokens of steps(needs.contextSizeTokens, CONTEXT_STEPS)) {
    for (const slots of steps(needs.slots, SLOT_STEPS)) {
      const needBytes = need(needs, slots, contextSizeTokens)
      if (needBytes <= budgetBytes) {
        return { slots, contextSizeTokens, needBytes, text: explain(needs, slots, contextSizeTokens, needBytes) }
      }
    }
  }
  const smallest = need(needs, 1, Math.min(needs.contextSizeTokens, CONTEXT_STEPS.at(-1)!))
  throw new InsufficientMemoryError(
    `the model needs ${gigabytes(smallest)} with one slot, but of ${gigabytes(needs.totalBytes)} only ` +
      `${gigabytes(needs.availableBytes)} are free and a quarter must stay free`
  )
}

/** The next smaller step, slots first; undefined when there is none. */
export function stepDown(step: {
  slots: number
  contextSizeTokens: number
}): { slots: number; contextSizeTokens: number } | undefined {
  const slots = SLOT_STEPS.find(fewer => fewer < step.slots)
  if (slots !== undefined) return { ...step, slots }
  const contextSizeTokens = CONTEXT_STEPS.find(smaller => smaller < step.contextSizeTokens)
  return contextSizeTokens === undefined ? undefined : { ...step, contextSizeTokens }
}

function need(needs: MemoryNeeds, slots: number, contextSizeTokens: number): number {
  const bytesPerToken = needs.cacheBytesPerToken + contextSizeTokens * (needs.bytesPerPair ?? 0)
  return needs.weightsBytes + OVERHEAD_BYTES + slots * contextSizeTokens * bytesPerToken
}

function steps(wanted: number, ladder: number[]): number[] {
  return [wanted, ...ladder.filter(step => step < wanted)]
}

function explain(needs: MemoryNeeds, slots: number, contextSizeTokens: number, needBytes: number): string {
  const numbers = `${slots} x ${contextSizeTokens} tokens need ${gigabytes(needBytes)} of ${gigabytes(needs.availableBytes)} free`
  const asked = slots === needs.slots && contextSizeTokens === needs.contextSizeTokens
  if (asked) return numbers
  return `${numbers}; ${needs.slots} x ${needs.contextSizeTokens} would leave less than a quarter of ${gigabytes(needs.totalBytes)}`
}

function gigabytes(bytes: number): string {
  return `${(Math.max(0, bytes) / 2 ** 30).toFixed(2)} GiB`
}
