import { BusyError } from '../../interface/index.ts'

/** Attachments of one peer in memory at once: two requests of the largest kind. */
export const MAX_ATTACHMENT_BYTES_PER_PEER = 32 << 20
/** Attachments of all peers in memory at once. */
export const MAX_ATTACHMENT_BYTES = 128 << 20

/** Memory for the attachments of requests under way, shared between peers. */
export class AttachmentRoom {
  readonly #perPeer: number
  readonly #total: number
  readonly #held = new Map<string, number>()
  #sum = 0

  constructor(perPeer = MAX_ATTACHMENT_BYTES_PER_PEER, total = MAX_ATTACHMENT_BYTES) {
    this.#perPeer = perPeer
    this.#total = total
  }

  /** Takes room before anything is read; the result gives it back. Throws `BusyError`. */
  take(peerId: string, bytes: number): () => void {
    const own = this.#held.get(peerId) ?? 0
    if (own + bytes > this.#perPeer || this.#sum + bytes > this.#total) {
      throw new BusyError('too many images are in memory', { details: { retryAfterMs: 1_000 } })
    }
    this.#add(peerId, bytes)
    return () => this.#add(peerId, -bytes)
  }

  #add(peerId: string, bytes: number): void {
    const held = (this.#held.get(peerId) ?? 0) + bytes
    if (held === 0) this.#held.delete(peerId)
    else this.#held.set(peerId, held)
    this.#sum += bytes
  }
}
