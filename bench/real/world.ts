import { Asker } from '../sim/asker.ts'
import type { SimConfig } from '../sim/config.ts'
import { drawProviders } from '../sim/draw-providers.ts'
import { seeded } from '../sim/random.ts'
import type { RealTime } from './real-time.ts'

/** Options of all nodes: loopback alone, and no program of the system asked about its line. */
export const ALONE = {
  listen: ['/ip4/127.0.0.1/tcp/0'],
  mdns: false,
  dht: false,
  sharing: { device: { isMetered: false } }
}

/** The devices and askers of a seed, the same in every thread. */
export function worldOf(config: SimConfig, askers: number, time: RealTime) {
  const draws = (stream: number) => seeded(config.seed * 7_919 + stream)
  const askerDraws = draws(2)
  return {
    draws,
    providers: drawProviders(config, draws(1)),
    askers: Array.from({ length: askers }, (_, index) => new Asker(index, time, askerDraws, undefined))
  }
}
