import { OutcomeSpread } from '../../src/interface/index.ts'
import { Asker } from '../sim/asker.ts'
import type { SimConfig } from '../sim/config.ts'
import { demandOf, drawDevices } from '../sim/devices.ts'
import { Provider } from '../sim/provider.ts'
import { type Random, seeded, uniform } from '../sim/random.ts'
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
    providers: makeProviders(config, draws(1)),
    askers: Array.from({ length: askers }, (_, index) => new Asker(index, time, askerDraws, undefined))
  }
}

function makeProviders(config: SimConfig, random: Random): Provider[] {
  const demand = demandOf(config.mix)
  return drawDevices(config.providers, config.mix, random).map((device, index) => {
    const spreads = demand.map(() => new OutcomeSpread())
    const provider = new Provider(index, device, spreads)
    random()
    const warm = device.onDisk
      .map((isThere, model) => ({ model, weight: isThere ? demand[model]! * uniform(random, [0.3, 1]) : 0 }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
    for (const { model } of warm.slice(0, device.warmModels)) provider.warm.set(model, 0)
    return provider
  })
}
