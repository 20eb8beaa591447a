import { readFileSync } from 'node:fs'
import { BadModelError } from '../../interface/index.ts'
import { ChildLife } from './child-life.ts'
import type { ProbeReport } from './ipc.ts'

/** Time for a file of up to 3 GB; larger ones get it at 100 MB/s. */
const PROBE_MS = 30_000
const BYTES_PER_MS = 100_000
/** Who had a processor for less than that may take this much longer: on a busy machine a good file waits for its turn. */
const BUSY_FACTOR = 4
/** What `/proc` counts in, on every Linux. */
const TICK_MS = 10
/** What a process with the library takes besides the model, with room for large vocabularies. */
const BASE_BYTES = 2 ** 30
const WATCH_MS = 200

/**
 * Tries out a file in a process of its own with a bound on time and memory: a damaged header can crash the library,
 * hang it, or make it eat the machine. Throws `BadModelError` with what happened.
 */
export async function probeFile(file: string, sizeBytes: number): Promise<ProbeReport> {
  const { promise, resolve, reject } = Promise.withResolvers<ProbeReport>()
  const fail = (reason: string) => reject(new BadModelError(`not a usable GGUF: ${reason}`))
  const limitBytes = BASE_BYTES + 2 * sizeBytes
  let rssBytes = 0
  const life = new ChildLife({
    onMessage: message => {
      if (message.type === 'probed') resolve(message.report)
      else if (message.type === 'load-failed') fail(oneLine(message.error.message))
      else if (message.type === 'beat') rssBytes = message.rssBytes
    },
    onExit: reason => fail(`it crashed the loader (${reason})`)
  })
  const limitMs = Math.max(PROBE_MS, sizeBytes / BYTES_PER_MS)
  const startedAtMs = performance.now()
  const watch = setInterval(() => {
    const tookMs = performance.now() - startedAtMs
    if (isProbeOver({ tookMs, workedMs: workedMs(life.processId), limitMs }))
      fail(`it was not loaded within ${Math.round(tookMs / 1000)} s`)
    const usedBytes = residentBytes(life.processId) ?? rssBytes
    if (usedBytes > limitBytes) fail(`loading it took more than ${Math.round(limitBytes / 2 ** 20)} MiB`)
  }, WATCH_MS)
  try {
    life.send({ type: 'probe', modelFile: file })
    return await promise
  } finally {
    clearInterval(watch)
    life.kill('the probe is over')
    await life.exited
  }
}

/** Whether a file had its time: by the clock, and by what its process could work of it. */
export function isProbeOver(times: { tookMs: number; workedMs: number; limitMs: number }): boolean {
  const { tookMs, workedMs, limitMs } = times
  return tookMs > BUSY_FACTOR * limitMs || (tookMs > limitMs && workedMs > limitMs)
}

/** Seen from outside, because a process that is stuck in a native call tells nothing. Linux only. */
function residentBytes(processId: number | undefined): number | undefined {
  if (process.platform !== 'linux' || processId === undefined) return undefined
  try {
    return Number(readFileSync(`/proc/${processId}/statm`, 'utf8').split(' ')[1]) * 4096
  } catch {
    // The process has just ended.
    return undefined
  }
}

/** How long the process had a processor; without end where that is not to be known. */
export function workedMs(processId: number | undefined): number {
  if (process.platform !== 'linux' || processId === undefined) return Number.POSITIVE_INFINITY
  try {
    // The name of the program, in brackets, may hold anything; times in user mode and in the kernel are 12 and 13 after it.
    const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
    return TICK_MS * (Number(fields[11]) + Number(fields[12]))
  } catch {
    // The process has just ended.
    return 0
  }
}

function oneLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 300)
}
