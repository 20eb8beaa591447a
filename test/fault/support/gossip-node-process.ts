import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { until } from './until.ts'

/** What the node under attack is like, after its garbage is gone. */
export interface GossipNodeState {
  rssBytes: number
  /** The least that gossip has thought of each peer. */
  lowestScores: Record<string, number>
  /** Peers below this are not listened to. */
  graylistedBelow: number
  /** Peers that are known to hear adverts. */
  subscribers: string[]
  /** Topics that anything is kept of. */
  topics: number
}

/** What it says. */
export type GossipNodeMessage =
  | { address: string }
  | { found: { peerId: string; sequence: number } }
  | { state: GossipNodeState }

/** A node under attack, in a process of its own. */
export interface GossipNode extends AsyncDisposable {
  address: string
  /** The number of the last advert that it took of a peer. */
  lastOf(peerId: string): number
  state(): Promise<GossipNodeState>
}

/** Starts one. `dist` must be built. */
export async function gossipNode(): Promise<GossipNode> {
  const child = fork(join(import.meta.dirname, 'gossip-node.ts'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // Room for young garbage that V8 takes when there is much of it, and keeps, is not memory that a flood holds.
    execArgv: ['--max-semi-space-size=2']
  })
  const found = new Map<string, number>()
  let state: GossipNodeState | undefined
  let address = ''
  child.on('message', (message: GossipNodeMessage) => {
    if ('address' in message) address = message.address
    else if ('state' in message) state = message.state
    else found.set(message.found.peerId, message.found.sequence)
  })
  await until(() => address !== '' || child.exitCode !== null, 60_000, 'the start of the node')
  return {
    address,
    lastOf: peerId => found.get(peerId) ?? 0,
    async state() {
      state = undefined
      child.send('how are you?')
      await until(() => state !== undefined, 60_000, 'word of the node')
      return state!
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    }
  }
}
