import { type AcceptIf, type GenerateRequest, type Resume, textMessage } from '../../../src/interface/index.ts'
import { Auditor, Reputation, Suspects } from '../../../src/routing/index.ts'
import { collect, type ScriptedEngine, type ScriptedEngineOptions, scriptedEngine } from '../../../src/testing/index.ts'
import { advertOf, clockedDirectory, modelOf } from './fixtures.ts'

export const FEATURES = { chat: true, schema: false, tools: false, resume: true, logprobs: 0, score: true }

/** Draws that are the same on every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A node that audits scripted peers, which all claim the same file. */
export interface AuditBench {
  auditor: Auditor
  reputation: Reputation
  suspects: Suspects
  engines: Record<string, ScriptedEngine>
  audits: { peerId: string; outcome: string }[]
  /** What the auditor asked peers to answer. */
  asked: GenerateRequest[]
  /** The peer answers a question of the user's, and the auditor hears of it. */
  job(peerId: string, hasConsent: boolean, changes?: Partial<GenerateRequest>, acceptIf?: AcceptIf): Promise<void>
}

const DIGEST = 'cd'.repeat(32)

/** Sets it up: `peers` by name, each as its engine is scripted. */
export function auditBench(
  peers: Record<string, ScriptedEngineOptions>,
  {
    mode = 'canary',
    seed = 1,
    reputation = new Reputation(),
    isMetered,
    local = scriptedEngine({ name: 'own:model' })
  }: {
    mode?: string
    seed?: number
    reputation?: Reputation
    isMetered?: () => boolean
    local?: ScriptedEngine
  } = {}
): AuditBench {
  const { directory } = clockedDirectory()
  const suspects = new Suspects(() => performance.now(), reputation)
  const engines: Record<string, ScriptedEngine> = {}
  for (const [peerId, options] of Object.entries(peers)) {
    engines[peerId] = scriptedEngine({ digest: DIGEST, name: 'the:model', ...options, features: { score: true } })
    const models = [modelOf({ name: 'the:model', digest: DIGEST, features: FEATURES })]
    directory.offer(advertOf(peerId, { models }), { origin: 'direct', envelope: Uint8Array.of(1) })
  }
  const audits: AuditBench['audits'] = []
  const asked: GenerateRequest[] = []
  const auditor = new Auditor({
    mode,
    selfId: 'self',
    local,
    directory,
    suspects,
    reputation,
    random: seeded(seed),
    ...(isMetered && { isMetered }),
    remote: (peerId, request, signal) => {
      asked.push(request)
      // Every one of them meets all conditions.
      const { acceptIf: _met, ...taken } = request
      return engines[peerId]!.generate(taken, { signal })
    },
    remoteScore: async (peerId, request, signal) => await engines[peerId]!.score!(request, { signal }),
    onAudit: (peerId, outcome) => void audits.push({ peerId, outcome })
  })
  return {
    auditor,
    reputation,
    suspects,
    engines,
    audits,
    asked,
    async job(peerId, hasConsent, changes, acceptIf) {
      const messages = [textMessage('user', 'A secret question of the user')]
      const request = { model: DIGEST, messages, sampling: { temperature: 0 }, ...changes }
      const { text, deltas } = await collect(engines[peerId]!, request)
      const answer: Resume = { text, tokenIds: deltas.flatMap(delta => delta.tokenIds ?? []), digest: DIGEST }
      reputation.attempt(peerId, 'ok')
      auditor.answered({ request, peerId, digest: DIGEST, answer, hasConsent, ...(acceptIf && { acceptIf }) })
      await auditor.idle()
    }
  }
}
