/** A duration or count as the wire has it: whole, not negative, 32 bits. */
export function whole(value: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.round(value)))
}
