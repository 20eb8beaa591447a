import { parentPort } from 'node:worker_threads'
import { createNode } from 'p2pai'
import { scriptedEngine } from 'p2pai/testing'
import { CROWDED, ON_LOOPBACK } from './support-gateway.ts'

/** The other node of a crowd, in a thread of its own; it tells its addresses, and ends with the thread. */
const node = await createNode({ ...ON_LOOPBACK, engines: [scriptedEngine(CROWDED)] })
parentPort!.postMessage(node.status().addresses)
