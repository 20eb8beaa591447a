/**
 * Ways to choose who answers, as pure functions: the node and the simulator in `bench/sim/` run the same ones.
 *
 * @packageDocumentation
 */
import { InvalidRequestError, nearestNames } from '../../interface/index.ts'
import { cheap } from './cheap.ts'
import { fair } from './fair.ts'
import { lru } from './lru.ts'
import { nataris } from './nataris.ts'
import type { RoutingPolicy } from './policy.ts'
import { random } from './random.ts'
import { rec } from './rec.ts'

export * from './hedge.ts'
export * from './migrate.ts'
export * from './policy.ts'
export * from './tie.ts'

const POLICIES: readonly RoutingPolicy[] = [rec, fair, cheap, lru, nataris, random]

/** Names that `policyOf` knows; the first is the default. */
export const POLICY_NAMES: readonly string[] = POLICIES.map(({ name }) => name)

/** The policy of a name. Throws `InvalidRequestError` for a name that is none. */
export function policyOf(name: string): RoutingPolicy {
  const policy = POLICIES.find(known => known.name === name)
  if (policy !== undefined) return policy
  throw new InvalidRequestError(`no routing policy ${JSON.stringify(name)}; there are ${POLICY_NAMES.join(', ')}`, {
    details: { field: 'policy', suggestions: nearestNames(name, POLICY_NAMES) }
  })
}
