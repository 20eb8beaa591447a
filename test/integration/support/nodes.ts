import { onTestFinished } from 'vitest'
import { createNode, type NodeOptions, type P2paiNode } from '../../../src/index.ts'

/** A node on loopback that is stopped with the test, even when the test fails. */
export async function testNode(options: NodeOptions = {}): Promise<P2paiNode> {
  const node = await createNode({ listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, ...options })
  onTestFinished(async () => await node.stop(0))
  return node
}

/** The address of a node, to be dialled by others. */
export function addressOf(node: P2paiNode): string {
  const address = node.status().addresses[0]
  if (address === undefined) throw new Error('the node does not listen')
  return address
}

/** Waits until a condition holds, looking every 20 ms. Throws with `what` after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 60_000
): Promise<number> {
  const startedAtMs = performance.now()
  while (!(await condition())) {
    if (performance.now() - startedAtMs > timeoutMs) throw new Error(`${what} did not happen within ${timeoutMs} ms`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  return performance.now() - startedAtMs
}

/** How many providers a node knows. */
export function providersOf(node: P2paiNode): number {
  return node.status().providers
}
