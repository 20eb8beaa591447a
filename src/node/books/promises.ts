import { RecentMap } from '../../routing/index.ts'

/** A quote older than that has nothing to do with the job that comes now. */
const REMEMBERED_MS = 60_000
/** Peers whose last quote is remembered. */
const MAX_PROMISES = 1_000

/** What was promised last to each peer, for the receipts of its jobs. */
export class Promises {
  readonly #byPeer = new RecentMap<string, { firstTokenMs: number; atMs: number }>(MAX_PROMISES)

  /** A quote for this peer said so. */
  note(peer: string, firstTokenMs: number): void {
    this.#byPeer.set(peer, { firstTokenMs, atMs: performance.now() })
  }

  /** When the first token was promised, if it was lately. */
  firstTokenMs(peer: string): number | undefined {
    const promise = this.#byPeer.get(peer)
    return promise && performance.now() - promise.atMs < REMEMBERED_MS ? promise.firstTokenMs : undefined
  }
}
