/** Base58 of an Ed25519, a secp256k1 or a hashed key. */
const PEER_ID = /^(?:12D3KooW[1-9A-HJ-NP-Za-km-z]{44}|16Uiu2HA[1-9A-HJ-NP-Za-km-z]{45}|Qm[1-9A-HJ-NP-Za-km-z]{44})$/

/** Whether a text has the form of a peer id. Whether it is one, only libp2p can tell. */
export function isPeerId(text: string): boolean {
  return PEER_ID.test(text)
}

/** The peer id at the end of a multiaddr; any other text as it is. */
export function peerOf(peer: string): string {
  return peer.startsWith('/') ? peer.slice(peer.lastIndexOf('/p2p/') + '/p2p/'.length) : peer
}
