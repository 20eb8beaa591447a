/** The tenant of this machine's own requests. */
export const LOCAL_TENANT = 'local'

/** Tenants that share turns as if they were one. */
export interface Pool {
  name: string
  /** Of all work while tenants outside of pools wait: above 0, below 1. */
  share: number
}

/** Whose turn weighs how much, while there are more requests than slots. Both are asked anew for every turn. */
export interface Standing {
  /** Weight of a tenant's turns, above 0; 1 is a full one. */
  weightOf(tenant: string): number
  /** The pool in which a tenant waits together with others. Undefined: it has turns of its own. */
  poolOf(tenant: string): Pool | undefined
}
