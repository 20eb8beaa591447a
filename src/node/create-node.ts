import type { TypedEventTarget } from 'main-event'
import type { Answer, AskOptions, InferenceEngine, NodeControl, Question } from '../interface/index.ts'
import type { NodeEvents } from './node-events.ts'
import type { NodeOptions } from './options.ts'
import { RunningNode } from './running-node.ts'

/** A running node: asks the network, and serves it with the engines it is given. */
export interface P2paiNode extends NodeControl, TypedEventTarget<NodeEvents>, AsyncDisposable {
  /**
   * Asks the network, this machine's own engines first.
   *
   * @example
   * ```ts
   * for await (const text of node.ask('What is the capital of France?')) process.stdout.write(text)
   * ```
   */
  ask(question: Question, options?: AskOptions): Answer
  /** Serves an engine from now on. It is closed with the node. */
  serve(engine: InferenceEngine): Promise<void>
  /** Says goodbye to the network, lets running answers finish for `drainMs`, and closes everything. @default 10000 */
  stop(drainMs?: number): Promise<void>
}

/**
 * Starts a node and resolves when it listens and knows its engines; peers are found in the background.
 * Throws `InvalidAddressError`, `AddressInUseError`, `InvalidKeyError` or `HomeUnusableError`.
 */
export async function createNode(options: NodeOptions = {}): Promise<P2paiNode> {
  return await RunningNode.start(options)
}
