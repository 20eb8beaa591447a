/** A sequence as far as choosing needs it. */
export interface ChoosableSlot {
  busy: boolean
  /** Whose tokens are cached; undefined when nothing is. */
  tenant: string | undefined
  sessionId: string | undefined
  /** Tag given at the end of the last answer, as hex. */
  tag: string | undefined
  lastUsedMs: number
}

/** Who asks. */
export interface SlotWish {
  tenant: string
  sessionId: string | undefined
  tag: string | undefined
}

/**
 * Chooses a free slot: the one of the same conversation, else the one with the longest common beginning, else an
 * empty or the longest unused one. Only caches of the same tenant are looked at: a hit would tell one tenant what
 * another one asked.
 */
export function chooseSlot<T extends ChoosableSlot>(
  slots: readonly T[],
  wish: SlotWish,
  commonTokens: (slot: T) => number
): T | undefined {
  const free = slots.filter(slot => !slot.busy)
  const own = free.filter(slot => slot.tenant === wish.tenant)
  const exact = own.find(
    slot =>
      (wish.tag !== undefined && slot.tag === wish.tag) ||
      (wish.sessionId !== undefined && slot.sessionId === wish.sessionId)
  )
  if (exact !== undefined) return exact
  const oldest = free.toSorted((a, b) => age(a) - age(b))[0]
  const longest = own
    .map(slot => ({ slot, tokens: commonTokens(slot) }))
    .filter(({ slot, tokens }) => tokens >= MIN_COMMON_TOKENS && !belongsToAnother(slot, wish))
    .sort((a, b) => b.tokens - a.tokens)[0]
  return longest?.slot ?? oldest
}

/** Every prompt begins with the same few tokens of the template; taking a conversation's slot for them is no gain. */
const MIN_COMMON_TOKENS = 16

function belongsToAnother(slot: ChoosableSlot, wish: SlotWish): boolean {
  return slot.sessionId !== undefined && slot.sessionId !== wish.sessionId
}

function age(slot: ChoosableSlot): number {
  return slot.tenant === undefined ? -1 : slot.lastUsedMs
}
