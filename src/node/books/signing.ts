import type { PrivateKey } from '@libp2p/interface'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import type { Opening, Signing } from '../../accounting/index.ts'
import { openAcknowledgement, openReceipt, sealAcknowledgement, sealReceipt } from '../../protocols/receipt/index.ts'

/** Checks records of anybody. */
export const OPENING: Opening = { openAcknowledgement, openReceipt }

/** Signs with this node's key. */
export function signingWith(key: PrivateKey): Signing {
  return {
    ...OPENING,
    selfId: peerIdFromPrivateKey(key).toString(),
    sealAcknowledgement: async content => await sealAcknowledgement(content, key),
    sealReceipt: async content => await sealReceipt(content, key)
  }
}
