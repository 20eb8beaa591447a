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
}

const { url, clients, requests } = workerData as CrowdInit
const told: Told = { whole: 0, refusalsMs: [], withoutRetry: 0 }
let left = requests

/** Asks until it is answered, again when it is refused, after as long as it was told. */
async function ask(): Promise<void> {
  for (;;) {
    const startedAtMs = performance.now()
    const response = await post(url)
    if (response.status === 200) {
      if ((await response.text()).endsWith('data: [DONE]\n\n')) told.whole++
      return
    }
    told.refusalsMs.push(performance.now() - startedAtMs)
    await response.text()
    const waitMs = Number(response.headers.get('retry-after-ms') ?? Number.NaN)
    if (!(waitMs > 0) || response.headers.get('retry-after') === null) told.withoutRetry++
    await new Promise(resolve => setTimeout(resolve, waitMs || 1000))
  }
}

async function client(): Promise<void> {
  while (left-- > 0) await ask()
}

// One burst to warm up, as elsewhere: connections are open then, and one request has looked for other providers.
await Promise.all(Array.from({ length: clients }, async () => await (await post(url)).text()))
await Promise.all(Array.from({ length: clients }, client))
parentPort!.postMessage(told)
