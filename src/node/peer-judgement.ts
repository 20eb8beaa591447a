import type { Libp2p } from 'libp2p'
import { NoProviderError, type PeerDetail, type PeerSummary } from '../interface/index.ts'
import {
  Auditor,
  Experience,
  type ProviderDirectory,
  Reputation,
  ranks,
  Suspects,
  standingOf
} from '../routing/index.ts'
import type { NodeLog } from './options.ts'
import { peerSummaries, rttOf } from './peer-summaries.ts'
import { peerIdOf } from './ping.ts'

type AuditorInit = ConstructorParameters<typeof Auditor>[0]
type Answered = Parameters<Auditor['answered']>[0]

/** How a node's answers are checked, and told of. */
export interface CheckInit {
  /** See `NodeOptions.audits`. @default 'canary' */
  audits?: string | undefined
  isMetered: () => boolean
  log: NodeLog
}

/** How this node sees and chooses peers. */
interface View {
  directory: ProviderDirectory
  libp2p: Libp2p
  policy: string
}

/** What this node has found out about peers, and what follows from it. */
export class PeerJudgement {
  readonly reputation = new Reputation()
  readonly experience: Experience
  readonly suspects = new Suspects(() => performance.now(), this.reputation)
  #auditor: Auditor | undefined

  constructor({ workingSetSize }: { workingSetSize: number }) {
    this.experience = new Experience({ workingSetSize })
  }

  /** Begins to check answers. Returns what is to be told of each. Throws `InvalidRequestError` for a mode that is none. */
  check(
    asking: Omit<AuditorInit, 'mode'>,
    { audits: mode = 'canary', isMetered, log }: CheckInit
  ): (job: Omit<Answered, 'hasConsent'> & { hasConsent: boolean | undefined }) => void {
    const auditor = new Auditor({
      ...asking,
      mode,
      isMetered,
      onAudit: (peerId, outcome) => log(outcome === 'failed' ? 'warn' : 'info', 'audit', { peerId, outcome })
    })
    this.#auditor = auditor
    return job => auditor.answered({ ...job, hasConsent: job.hasConsent ?? mode === 'consented' })
  }

  /** One peer: see `NodeControl.peer`. */
  detail(name: string, peers: readonly PeerSummary[], view: View): PeerDetail {
    const peerId = peerIdOf(name, peers)
    const found = peers.find(peer => peer.peerId === peerId)
    if (found === undefined) throw new NoProviderError(`the peer ${peerId} is not known; see: p2pai peers`)
    return { ...found, standing: standingOf(peerId, this.#seen(view)) }
  }

  /** All peers: see `NodeControl.peers`. */
  summaries(view: View, agents: ReadonlyMap<string, string>): PeerSummary[] {
    return peerSummaries({ ...view, suspects: this.suspects, agents, rankOf: ranks(this.#seen(view)) })
  }

  /** Ends the checks that are under way. */
  async close(): Promise<void> {
    await this.#auditor?.close()
  }

  #seen({ libp2p, ...view }: View) {
    const { suspects, experience, reputation } = this
    return { ...view, suspects, experience, reputation, rttMs: (id: string) => rttOf(libp2p, id) }
  }
}
