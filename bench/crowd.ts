import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { scriptedEngine } from 'p2pai/testing'
import type { CrowdInit, Told } from './crowd-clients.ts'
import { type Figure, inWords } from './support.ts'
import { type Door, openGateway } from './support-gateway.ts'

const CLIENTS = 64
const REQUESTS = 1_000
/** A refusal is to be heard by then. */
const LATE_MS = 100
/** Too few slots and too short a queue for all, so that some are refused at every moment. */
export const CROWDED = { slots: 8, maxQueued: 32, tokenMs: 2 }

/** Many clients at once, before a gateway whose node has the engine, and before one whose node finds it at another. */
export async function crowds(): Promise<Figure[]> {
  const own = await crowd('the engine in this node', await openGateway({ engines: [scriptedEngine(CROWDED)] }))
  const provider = new Worker(new URL('./crowd-provider.ts', import.meta.url))
  const [bootstrap] = (await once(provider, 'message')) as [string[]]
  const other = await crowd('the engine at another node', await openGateway({ bootstrap }))
  await provider.terminate()
  return [own, other]
}

/** Clients are no part of a gateway's process, and neither is another node: each has a thread. */
async function crowd(where: string, door: Door): Promise<Figure> {
  const init: CrowdInit = { url: door.url, clients: CLIENTS, requests: REQUESTS }
  const clients = new Worker(new URL('./crowd-clients.ts', import.meta.url), { workerData: init })
  const [{ whole, refusalsMs, withoutRetry, firstRefusalsMs }] = (await once(clients, 'message')) as [Told]
  await clients.terminate()
  await door.close()
  const lost = REQUESTS - whole
  const late = refusalsMs.filter(ms => ms > LATE_MS).length
  return {
    name: `gateway: ${CLIENTS} clients at once, ${REQUESTS} requests, ${where}`,
    value: `${lost} lost; ${refusalsMs.length} refusals after ${inWords(refusalsMs, 'ms')}, ${late} later than ${LATE_MS} ms, ${withoutRetry} without retry-after; of the very first burst after ${inWords(firstRefusalsMs, 'ms')}`,
    goal: `0 lost, refusals with retry-after within ${LATE_MS} ms`,
    met: lost === 0 && withoutRetry === 0 && late === 0
  }
}
