/** Uniform in [0, 1). */
export type Random = () => number

/** Draws that are the same for the same seed: a counter through a mixing function (splitmix, 32 bits). */
export function seeded(seed: number): Random {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    return mix(state) / 2 ** 32
  }
}

/** A draw that belongs to three numbers, so that the same job has the same luck under every policy. */
export function drawOf(a: number, b: number, c: number): number {
  return mix(mix(mix(a + 0x51ed27) + b) + c) / 2 ** 32
}

/** The same, normal with mean 0 and deviation 1. */
export function normalOf(a: number, b: number, c: number): number {
  return boxMuller(drawOf(a, b, c), drawOf(a, b, c + 101))
}

export function normal(random: Random): number {
  return boxMuller(random(), random())
}

export function logNormal(random: Random, median: number, sigma: number): number {
  return median * Math.exp(sigma * normal(random))
}

export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random())
}

export function uniform(random: Random, [low, high]: Range): number {
  return low + (high - low) * random()
}

/** Uniform in the logarithm: as many from 1 to 10 as from 10 to 100. */
export function logUniform(random: Random, [low, high]: Range): number {
  return low * (high / low) ** random()
}

export type Range = readonly [low: number, high: number]

function boxMuller(u: number, v: number): number {
  return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)
}

function mix(value: number): number {
  let bits = value | 0
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}
