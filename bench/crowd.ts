import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { scriptedEngine } from 'p2pai/testing'
import type { CrowdInit, Told } from './crowd-clients.ts'
import { type Figure, inWords } from './support.ts'
import { CROWDED, type Door, openGateway } from './support-gateway.ts'

const CLIENTS = 64
const REQUESTS = 1_000
/** A refusal is to be heard by then. */
const LATE_MS = 100
/** Many clients at once, before a gateway whose node has the engine, and before one whose node finds it at another. */
export async function crowds(): Promise<Figure[]> {
  const own = await crowd('the engine in this node', await openGateway({ engines: [scriptedEngine(CROWDED)] }))
  const provider = new Worker(new URL('./crowd-provider.ts', import.meta.url))
  try {
    const [bootstrap] = (await once(provider, 'message')) as [string[]]
    return [own, await crowd('the engine at another node', await openGateway({ bootstrap }))]
  } finally {
    await provider.terminate()
  }
}

/** Clients are no part of a gateway's process, and neither is another node: each has a thread. */
async function crowd(where: string, door: Door): Promise<Figure> {
  const init: CrowdInit = { url: door.url, clients: CLIENTS, requests: REQUESTS }
  const clients = new Worker(new URL('./crowd-clients.ts', import.meta.url), { workerData: init })
  let told: Told
  try {
    ;[told] = (await once(clients, 'message')) as [Told]
  } finally {
    await clients.terminate()
    await door.close()
  }
  const { whole, refusalsMs, withoutRetry, firstRefusalsMs } = told
  const lost = REQUESTS - whole
  const late = refusalsMs.filter(ms => ms > LATE_MS).length
  const after = (timesMs: number[]) => (timesMs.length === 0 ? 'none' : `after ${inWords(timesMs, 'ms')}`)
  return {
    name: `gateway: ${CLIENTS} clients at once, ${REQUESTS} requests, ${where}`,
    value: `${lost} lost; ${refusalsMs.length} refusals, ${after(refusalsMs)}, ${late} later than ${LATE_MS} ms, ${withoutRetry} without retry-after; of the very first burst ${after(firstRefusalsMs)}`,
    goal: `0 lost, refusals with retry-after within ${LATE_MS} ms`,
    met: lost === 0 && withoutRetry === 0 && late === 0
  }
}
