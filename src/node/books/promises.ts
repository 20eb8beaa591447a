import type { Quote } from '../../interface/index.ts'
import { RecentMap } from '../../routing/index.ts'

/** A quote older than that has nothing to do with the job that comes now. */
const REMEMBERED_MS = 60_000
/** Peers whose quotes are remembered. */
const MAX_PEERS = 1_000
/** Models of which a peer's last quote is remembered. */
const MAX_MODELS = 8

interface Promised {
  digest: string
  firstTokenMs: number
  atMs: number
}

/** What was promised last to each peer for each model, for the receipts of its jobs. */
export class Promises {
  readonly #byPeer = new RecentMap<string, readonly Promised[]>(MAX_PEERS)

  /** This peer has got this quote. One that says why it cannot be served promises nothing. */
  note(peer: string, { status, model: { digest }, firstTokenMs }: Quote): void {
    if (status !== 'ok') return
    const others = this.#of(peer).filter(promised => promised.digest !== digest)
    this.#byPeer.set(peer, [{ digest, firstTokenMs, atMs: performance.now() }, ...others].slice(0, MAX_MODELS))
  }

  /** What holds for a job of this peer that begins now, whatever is quoted while it runs: by the model's digest. */
  now(peer: string): (digest: string) => number | undefined {
    const startedAtMs = performance.now()
    const known = this.#of(peer).filter(({ atMs }) => startedAtMs - atMs < REMEMBERED_MS)
    return digest => known.find(promised => promised.digest === digest)?.firstTokenMs
  }

  #of(peer: string): readonly Promised[] {
    return this.#byPeer.get(peer) ?? []
  }
}
