import type { PeerConduct, PeerRank } from '../../index.ts'
import { duration } from '../output/units.ts'

/** Fewer failures than these are long ago. */
const LEAST_FAILURES = 0.05

/** The place of a peer, such as `2 of 5`; empty for one that offers no answers. */
export function placeWords(rank: PeerRank | undefined): string {
  return rank?.offer === undefined ? '' : `${rank.offer.place} of ${rank.offer.providers}`
}

/** Why it is there, in one line; empty where there is nothing to choose. */
export function whyWords(rank: PeerRank | undefined): string {
  if (rank === undefined) return ''
  const { offer, failures } = rank
  const times = offer && `first token in about ${duration(offer.firstTokenMs)}, answer in ${duration(offer.totalMs)}`
  const failed = failures < LEAST_FAILURES ? undefined : failureWords(failures)
  const leftOut = leftOutWords(rank)
  const parts = [leftOut && `left out ${leftOut}`, times, offer && trustWords(rank), failed]
  return parts.filter(part => part !== undefined).join('; ')
}

/** How it keeps its promises of time. */
export function trustWords({ trust, factor, jobs }: PeerConduct): string {
  if (jobs === 0 && factor === 1) return 'not known: ranked by what it says'
  const slower = trust > 1.05 ? `takes ${round(trust)} times as long as it says` : 'as fast as it says, or faster'
  return `${slower}; its times are multiplied by ${round(factor)}`
}

/** How often it failed lately. */
export function failureWords(failures: number): string {
  return failures < LEAST_FAILURES ? 'no recent failure' : `${round(failures)} recent failures (each halves in 10 min)`
}

/** For how long it is passed over, and why; undefined when it is not. */
export function leftOutWords({ pauseMs, isLast, leftOutFor }: PeerConduct): string | undefined {
  const why = leftOutFor === 'lie' ? 'audits found that it lies' : 'it failed'
  if (pauseMs > 0) return `for ${duration(pauseMs)} more: ${why}`
  return isLast ? `unless nobody else is left: ${why}` : undefined
}

/** A number of things. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** A number as precise as anybody reads it. */
export function round(value: number): number {
  return value < 10 ? Math.round(10 * value) / 10 : Math.round(value)
}
