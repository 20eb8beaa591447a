import type { Experience } from '../../src/routing/index.ts'
import { Pace } from '../../src/routing/pace.ts'
import { type Job, msPerToken } from './job.ts'

/** What an answer teaches of its provider, or the `tokens` of it that were taken, as `src/routing/lessons.ts` has it. */
export function learnTrust(experience: Experience, job: Job, tokens: number, nowMs: number): void {
  const { claimedTokensPerSecond, promise, provider, sentMs } = job
  const pace = new Pace()
  pace.came(tokens - 1, (tokens - 1) * msPerToken(job))
  const ofPace = pace.kept(claimedTokensPerSecond)
  const promisedMs = promise && promise.firstTokenMs + (1_000 * tokens) / promise.decodeTokensPerSecond
  const whole = promisedMs === undefined ? ofPace : { promisedMs, observedMs: nowMs - sentMs }
  if (whole !== undefined) experience.observe(provider.peerId, whole, ofPace)
}

/** Another provider was first: a promise that is past is broken. */
export function learnLate(experience: Experience, { promise, provider, sentMs }: Job, nowMs: number): void {
  const observedMs = nowMs - sentMs
  if (promise === undefined || observedMs <= promise.firstTokenMs) return
  experience.observe(provider.peerId, { promisedMs: promise.firstTokenMs, observedMs })
}
