import { peerIdFromString } from '@libp2p/peer-id'
import { InvalidRequestError, RefusedError } from '../interface/index.ts'
import { parsePeerAddress } from './dial.ts'
import type { NodeOptions } from './options.ts'

/** Throws `RefusedError` for a peer that is not served. */
export type Admit = (peerId: string) => void

/** Who may ask this node. Ids alone count: a name is chosen by the peer itself. Throws `InvalidRequestError`. */
export function admission({ allow, deny = [] }: NonNullable<NodeOptions['requesters']>): Admit {
  const allowed = allow && new Set(peerIds(allow, 'allow'))
  const denied = new Set(peerIds(deny, 'deny'))
  return peerId => {
    if (denied.has(peerId) || allowed?.has(peerId) === false) throw new RefusedError('this peer is not served here')
  }
}

/** The ids of peers that a user named by id or address. Throws `InvalidRequestError` that names the first bad one. */
export function peerIds(names: readonly string[], field: string): string[] {
  return names.map(name => {
    try {
      const peerId = name.startsWith('/') ? parsePeerAddress(name, field).peerId : peerIdFromString(name)
      return peerId.toString()
    } catch (error) {
      throw new InvalidRequestError(`${name || 'an empty text'} is no peer id, as in ${field} 12D3KooW…`, {
        cause: error,
        details: { field }
      })
    }
  })
}
