import type { PeerSummary } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'
import { printableLine } from '../output/printable.ts'
import { table } from '../output/table.ts'
import { duration } from '../output/units.ts'
import { placeWords, whyWords } from './peer-words.ts'

const HEAD = ['PEER', 'NAME', 'STATE', 'RTT', 'MODELS', 'AGENT', 'RANK', 'WHY']

interface JsonFlag {
  json?: boolean | undefined
}

/** `p2pai peers`. */
export async function peers(flags: JsonFlag, context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  const found = await daemon.peers()
  if (flags.json) {
    await context.terminal.writeJson({ version: 1, peers: found })
    return 0
  }
  if (found.length === 0) context.terminal.note('no peer yet; connect to one with: p2pai peers connect ADDRESS')
  else await context.terminal.write(table(HEAD, found.map(peerRow)))
  return 0
}

/** `p2pai peers connect ADDRESS`. */
export async function connectPeer(address: string, flags: JsonFlag, context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  const peer = await daemon.connect(address)
  if (flags.json) await context.terminal.writeJson({ version: 1, peer })
  else await context.terminal.write(`connected to ${printableLine(peer.peerId)}\n`)
  return 0
}

/** A line of `p2pai peers`. */
export function peerRow(peer: PeerSummary): string[] {
  const suspect = (peer.suspectUntilMs ?? 0) > Date.now()
  return [
    peer.peerId,
    peer.label,
    suspect ? 'failed' : peer.connected ? 'connected' : 'known',
    peer.rttMs === undefined ? '' : duration(peer.rttMs),
    peer.advert?.models.map(model => model.name).join(',') ?? '',
    peer.agent,
    placeWords(peer.rank),
    whyWords(peer.rank)
  ]
}
