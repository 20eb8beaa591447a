import type { KnownPeers } from '../../src/routing/index.ts'
import type { SimArm } from './arms/arm.ts'
import type { Asker } from './asker.ts'
import type { SimConfig } from './config.ts'
import type { EventQueue } from './event-queue.ts'
import type { Foresight } from './foresight.ts'
import type { GuideHedging } from './guide-hedging.ts'
import type { Measures } from './measures.ts'
import type { Provider } from './provider.ts'
import type { Random } from './random.ts'
import type { TimeLimits } from './time-limits.ts'
import type { Work } from './work.ts'
import type { Workload } from './workload.ts'

/** What all parts of one run share. */
export interface World {
  config: SimConfig
  arm: SimArm
  limits: TimeLimits
  events: EventQueue
  providers: readonly Provider[]
  askers: readonly Asker[]
  /** Providers by model. */
  known: readonly KnownPeers[]
  foresight: Foresight
  work: Work
  workload: Workload
  measures: Measures
  guideHedging: GuideHedging
  /** For choices; arrivals and lengths have draws of their own, so that all policies meet the same requests. */
  random: Random
}

export function providerOf(world: World, peerId: string): Provider {
  return world.providers[Number(peerId)]!
}
