import { setTimeout as sleep } from 'node:timers/promises'
import {
  connectDaemon,
  createNode,
  DaemonNotRunningError,
  homePaths,
  isPeerId,
  type P2paiError,
  type PingResult,
  toP2paiError
} from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { noteVersion } from '../daemon.ts'
import { printableLine } from '../output/printable.ts'

/** How long a node without a daemon looks for a peer whose address it was not given. */
const FIND_TIMEOUT_MS = 5_000
const FIND_POLL_MS = 100

/** What `p2pai ping` was told on its command line. */
export interface PingFlags {
  count: number
  /** Seconds. */
  interval: number
  bootstrap?: string[] | undefined
  mdns: boolean
  json?: boolean | undefined
}

/** Somebody who can ping, and how to let go of it. */
interface Pinger {
  ping(peer: string): Promise<PingResult>
  close(): Promise<void>
}

/** `p2pai ping`: 0 when at least one reply came, else the exit code of the last failure. */
export async function ping(peer: string, flags: PingFlags, context: CommandContext): Promise<number> {
  const { terminal, interrupt } = context
  const pinger = await openPinger(peer, flags, context)
  const replies: PingResult[] = []
  let failure: P2paiError | undefined
  let sent = 0
  try {
    while (sent < flags.count && !interrupt.signal.aborted) {
      if (sent++ > 0) await sleep(flags.interval * 1000, undefined, { signal: interrupt.signal }).catch(() => undefined)
      if (interrupt.signal.aborted) break
      try {
        const reply = await pinger.ping(peer)
        replies.push(reply)
        if (!flags.json) await terminal.write(`${printableLine(replyText(reply))}\n`)
      } catch (error) {
        failure = toP2paiError(error)
        // What was named wrongly will not be right the next time.
        if (!failure.retryable || failure.code === 'no_provider') throw failure
        if (!flags.json) terminal.note(printableLine(failure.message))
      }
    }
  } finally {
    await pinger.close()
  }
  if (flags.json) {
    const why = failure && replies.length < sent ? { error: failure.toJSON() } : {}
    await terminal.writeJson({ version: 1, sent, received: replies.length, replies, ...spread(replies), ...why })
  } else terminal.note(terminal.paint('dim', summary(sent, replies)))
  if (replies.length > 0 || failure === undefined) return interrupt.exitCode ?? 0
  return failure.exitCode
}

async function openPinger(peer: string, flags: PingFlags, context: CommandContext): Promise<Pinger> {
  try {
    const daemon = await connectDaemon(homePaths().socket)
    noteVersion(daemon.version, context)
    return { ping: name => daemon.ping(name), close: async () => undefined }
  } catch (error) {
    if (!(error instanceof DaemonNotRunningError)) throw error
  }
  const { bootstrap = [], mdns } = flags
  const node = await createNode({ home: homePaths().home, profile: 'client', mdns, bootstrap })
  const isKnown = () => node.peers().some(known => known.label === peer || known.peerId === peer)
  if (!peer.startsWith('/')) {
    for (let waitedMs = 0; waitedMs < FIND_TIMEOUT_MS && !isKnown(); waitedMs += FIND_POLL_MS) {
      if (context.interrupt.signal.aborted) break
      // The DHT may know an id as soon as there is anybody to ask.
      if (isPeerId(peer) && node.status().connections > 0) break
      await sleep(FIND_POLL_MS)
    }
  }
  return { ping: name => node.ping(name), close: () => node.stop(0) }
}

function replyText({ peerId, address, path, rttMs }: PingResult): string {
  return `reply from ${peerId} at ${address} (${path}): ${rttMs.toFixed(1)} ms`
}

function summary(sent: number, replies: readonly PingResult[]): string {
  const { minMs, medianMs, maxMs } = spread(replies)
  const times = replies.length === 0 ? '' : `; shortest ${minMs} ms, median ${medianMs} ms, longest ${maxMs} ms`
  return `${replies.length} of ${sent} replies${times}`
}

function spread(replies: readonly PingResult[]): { minMs?: number; medianMs?: number; maxMs?: number } {
  const times = replies.map(({ rttMs }) => Math.round(rttMs * 10) / 10).sort((a, b) => a - b)
  const [minMs] = times
  const medianMs = times[Math.floor(times.length / 2)]
  const maxMs = times.at(-1)
  if (minMs === undefined || medianMs === undefined || maxMs === undefined) return {}
  return { minMs, medianMs, maxMs }
}
