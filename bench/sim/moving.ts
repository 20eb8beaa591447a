import { isSlowStream, isWorthMoving, JUDGE_STREAM_AFTER_MS } from '../../src/routing/index.ts'
import { type Job, msPerToken } from './job.ts'
import { learnTrust } from './learning.ts'
import type { Provider } from './provider.ts'
import { askForQuotes } from './quote-round.ts'
import type { RequestState } from './request-state.ts'
import { providerOf } from './world.ts'

/** A stream that runs at less than half of its quote is compared with others, once. `move` sends the rest elsewhere. */
export function judgeLater(state: RequestState, job: Job, move: (to: Provider) => void): void {
  const claimed = job.claimedTokensPerSecond
  if (!state.has('M') || claimed === undefined) return
  state.world.events.after(JUDGE_STREAM_AFTER_MS, () => {
    if (!mayMove(state, job) || !isSlowStream(1_000 / msPerToken(job), claimed)) return
    askOthers(state, job, move)
  })
}

function mayMove(state: RequestState, job: Job): boolean {
  return !job.isDropped && !state.isClosed && state.winner === job && job.state === 'running' && !state.hasMoved
}

function askOthers(state: RequestState, job: Job, move: (to: Provider) => void): void {
  state.forgetQuotes()
  const before = state.delivered
  state.delivered = state.deliveredBy(job)
  // As after a failure: nobody gets the rest unasked.
  const plan = state.world.arm.policy!.plan({ ...state.scene(), attempt: Math.max(2, state.attempt) })
  if (plan.quote.length > 0) {
    askForQuotes({
      state,
      peers: plan.quote.map(peerId => providerOf(state.world, peerId)),
      enough: plan.enough,
      deadlineMs: plan.deadlineMs,
      onDecide: () => decide(state, job, move)
    })
  }
  state.delivered = before
}

function decide(state: RequestState, job: Job, move: (to: Provider) => void): void {
  if (!mayMove(state, job)) return
  const before = state.delivered
  state.delivered = state.deliveredBy(job)
  const [best] = state.world.arm.policy!.rank(state.scene())
  const { expectedTokens } = state.quoted()
  const thereMs = best && best.firstTokenMs + (1_000 * expectedTokens) / best.decodeTokensPerSecond
  if (best === undefined || !isWorthMoving(thereMs!, expectedTokens * msPerToken(job))) {
    state.delivered = before
    return
  }
  const { config, events } = state.world
  const taken = state.delivered - job.deliveredTokens
  if (config.usesTrust) learnTrust(state.init.conversation.asker.receipts, job, taken, events.nowMs)
  state.hasMoved = true
  state.count('moved')
  state.winner = undefined
  state.brokeAtMs = events.nowMs
  state.cancel(job)
  move(providerOf(state.world, best.peerId))
}
