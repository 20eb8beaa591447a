import { text } from 'node:stream/consumers'
import { parentPort, workerData } from 'node:worker_threads'
import { post } from './support-gateway.ts'

/** What the thread of clients is started with. */
export interface CrowdInit {
  url: string
  clients: number
  requests: number
}

/** What it tells at the end. */
export interface Told {
  /** Answers that came to their end. */
  whole: number
  refusalsMs: number[]
  withoutRetry: number
  /** Refusals of the very first requests, all sent at one moment to a gateway that has answered none yet. */
  firstRefusalsMs: number[]
}

const { url, clients, requests } = workerData as CrowdInit
const told: Told = { whole: 0, refusalsMs: [], withoutRetry: 0, firstRefusalsMs: [] }
/**
 * Bursts before it, as of a daemon that was in use: connections are open, one request has looked for others, and code is
 * compiled, which after five bursts it is not yet: then the last of a burst hears after up to 120 ms.
 */
const WARM_UP = 12
let left = requests

/** Asks until it is answered, again when it is refused, after as long as it was told. */
async function ask(): Promise<void> {
  for (;;) {
    const startedAtMs = performance.now()
    const response = await post(url)
    if (response.statusCode === 200) {
      if ((await text(response)).endsWith('data: [DONE]\n\n')) told.whole++
      return
    }
    told.refusalsMs.push(performance.now() - startedAtMs)
    await text(response)
    const waitMs = Number(response.headers['retry-after-ms'] ?? Number.NaN)
    if (!(waitMs > 0) || response.headers['retry-after'] === undefined) told.withoutRetry++
    await new Promise(resolve => setTimeout(resolve, waitMs || 1000))
  }
}

async function client(): Promise<void> {
  while (left-- > 0) await ask()
}

for (let burst = 0; burst < WARM_UP; burst++) {
  const once = async () => {
    const startedAtMs = performance.now()
    const response = await post(url)
    if (burst === 0 && response.statusCode !== 200) told.firstRefusalsMs.push(performance.now() - startedAtMs)
    await text(response)
  }
  await Promise.all(Array.from({ length: clients }, once))
}
await Promise.all(Array.from({ length: clients }, client))
parentPort!.postMessage(told)
