/** Repeatable randomness: the same seed makes the same run. */
export interface Random {
  readonly seed: number
  /** From 0 up to, not with, 1. */
  next(): number
  /** A whole number from 0 up to, not with, `below`. */
  below(limit: number): number
  bytes(length: number): Uint8Array
}

/** The seed of `P2PAI_SEED`, or a new one; said aloud, so that a failure can be repeated. */
export function seededRandom(what: string): Random {
  const seed = Number(process.env.P2PAI_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`${what}: P2PAI_SEED=${seed}`)
  return randomFrom(seed)
}

/** Mulberry32: small, and good enough to break a parser. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return { seed, next, below, bytes: length => Uint8Array.from({ length }, () => below(256)) }
}
