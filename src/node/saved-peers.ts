import { readFile } from 'node:fs/promises'
import type { Libp2p } from 'libp2p'
import { writeFileAtomic } from './home/atomic-file.ts'

/** Peers kept for the next start. */
const MAX_SAVED = 64
const MAX_FILE_BYTES = 256 << 10

/** Addresses, each ending in a peer id, of peers that were connected when the node last ran. Newest first. */
export async function readSavedPeers(file: string, onError: (error: unknown) => void): Promise<string[]> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onError(error)
    return []
  }
  try {
    const value: unknown = text.length > MAX_FILE_BYTES ? undefined : JSON.parse(text)
    const list = (value as { addresses?: unknown } | undefined)?.addresses
    if (Array.isArray(list)) return list.filter(entry => typeof entry === 'string').slice(0, MAX_SAVED)
    throw new Error('the file has no list of addresses')
  } catch (error) {
    // Peers are found again without it, so a damaged file is no reason not to start.
    onError(error)
    return []
  }
}

/** Keeps the peers that this node dialled; those who dialled us show the port they came from, not one to dial. */
export async function savePeers(file: string, libp2p: Libp2p, earlier: readonly string[]): Promise<void> {
  const dialled = libp2p
    .getConnections()
    .filter(connection => connection.direction === 'outbound' && connection.status === 'open')
    .map(connection => withPeerId(connection.remoteAddr.toString(), connection.remotePeer.toString()))
  const addresses = [...new Set([...dialled, ...earlier])].slice(0, MAX_SAVED)
  await writeFileAtomic(file, `${JSON.stringify({ version: 1, addresses }, null, 2)}\n`)
}

function withPeerId(address: string, peerId: string): string {
  return address.includes('/p2p/') ? address : `${address}/p2p/${peerId}`
}
