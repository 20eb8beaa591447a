import { costOf } from './fair-turns.ts'
import type { Work } from './lane.ts'

/** What waits already, seen by somebody who wants to wait too. */
export interface Waiting {
  /** The turn in which the newcomer would wait. */
  own: string
  turns: { name: string; entries: readonly Work[] }[]
}

/**
 * Whether more work fits into a queue. What one turn holds beyond half of the queue does not count against the others,
 * so that a newcomer finds room in a queue that one has filled; the same again between the tenants of one turn. A
 * request that alone is over its share is still taken when its tenant has nothing waiting.
 */
export function hasRoom({ own, turns }: Waiting, { tenant, cost: workMs }: Work, limitMs: number): boolean {
  const others = turns.filter(turn => turn.name !== own).map(turn => costOf(turn.entries))
  const turnShareMs = others.length > 0 ? limitMs / 2 : limitMs
  const beside = turns.find(turn => turn.name === own)?.entries ?? []
  const byTenant = Map.groupBy(beside, entry => entry.tenant)
  const ownMs = costOf(byTenant.get(tenant) ?? [])
  byTenant.delete(tenant)
  const tenantShareMs = byTenant.size > 0 ? turnShareMs / 2 : turnShareMs
  if (ownMs > 0 && ownMs + workMs > tenantShareMs) return false
  const besideMs = [...byTenant.values()].reduce((sum, works) => sum + Math.min(costOf(works), turnShareMs / 2), 0)
  const takenMs = besideMs + ownMs + Math.min(workMs, tenantShareMs)
  const othersMs = others.reduce((sum, queuedMs) => sum + Math.min(queuedMs, limitMs / 2), 0)
  return takenMs <= turnShareMs && othersMs + takenMs <= limitMs
}
