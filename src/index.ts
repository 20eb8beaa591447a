/**
 * p2pai as a library: run a node, ask the network, serve an engine.
 *
 * Importing it costs next to nothing: libp2p and llama.cpp are loaded with the first call that needs them.
 *
 * @example
 * ```ts
 * import { createNode } from 'p2pai'
 *
 * await using node = await createNode({ bootstrap: ['/ip4/192.0.2.7/tcp/11436/p2p/12D3KooW…'] })
 * for await (const text of node.ask('What is the capital of France?')) process.stdout.write(text)
 * ```
 *
 * @packageDocumentation
 */
import type { P2paiNode } from './node/create-node.ts'
import type { NodeOptions } from './node/options.ts'

export * from './interface/index.ts'
export { AnswerClock, collectAnswer } from './node/answer.ts'
export type { P2paiNode } from './node/create-node.ts'
export type { NodeEvents } from './node/node-events.ts'
export type { NodeLog, NodeOptions, ProfileName } from './node/options.ts'

/**
 * Starts a node and resolves when it listens; peers are found in the background.
 * Throws `InvalidAddressError`, `AddressInUseError`, `InvalidKeyError` or `HomeUnusableError`.
 */
export async function createNode(options: NodeOptions = {}): Promise<P2paiNode> {
  const { createNode: create } = await import('./node/create-node.ts')
  return await create(options)
}
