import type { RoutingPolicy } from '../../../src/routing/index.ts'
import type { Asker } from '../asker.ts'
import type { Provider } from '../provider.ts'
import type { QuotedRequest } from '../provider-quote.ts'
import type { World } from '../world.ts'

/** What an arm that is no policy chooses from. */
export interface DirectInput {
  world: World
  asker: Asker
  request: QuotedRequest & { id: number; restTokens: number }
  isLeftOut: (peerId: string) => boolean
}

/** What it chose, and what that cost. */
export interface DirectChoice {
  provider: Provider
  /** @default 0 */
  delayMs?: number
  /** @default 0 */
  probes?: number
}

/** One way to choose, shipped or to compare with. */
export interface SimArm {
  name: string
  /** How many adverts it draws, or as policies say it. */
  sees: 'working-set' | 'all' | number
  policy?: RoutingPolicy
  /** The last provider of the conversation is seen beside what is drawn. @default false */
  keepsLast?: boolean
  /** Looks into the simulation: references, and what keeps a state of its own. */
  direct?: (input: DirectInput) => DirectChoice | undefined
  /** Hears how an answer went. */
  onAnswer?: (asker: Asker, provider: Provider, tookMs: number | 'failed') => void
  /** As with a central registry, that knows at once who is busy and when anybody used it. @default false */
  isRegistry?: boolean
  /** Has a connection to everybody. @default false */
  isConnected?: boolean
  /** A policy that ships: it hedges, ties and waits as nodes do, not as the guide had it. @default false */
  isShipped?: boolean
}
