import { OutcomeSpread } from '../../src/interface/index.ts'
import { LIE, type SimConfig } from './config.ts'
import { demandOf, drawDevices } from './devices.ts'
import { Provider } from './provider.ts'
import { type Random, uniform } from './random.ts'

/** The providers of a run, with the models that they have in memory at its beginning. */
export function drawProviders(config: SimConfig, random: Random): Provider[] {
  const demand = demandOf(config.mix)
  return drawDevices(config.providers, config.mix, random).map((device, index) => {
    const provider = new Provider(
      index,
      device,
      demand.map(() => new OutcomeSpread())
    )
    if (random() < config.liarShare) provider.lie = LIE
    // The models in memory are those asked for most, more or less.
    const warm = device.onDisk
      .map((isThere, model) => ({ model, weight: isThere ? demand[model]! * uniform(random, [0.3, 1]) : 0 }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
    for (const { model } of warm.slice(0, device.warmModels)) provider.warm.set(model, 0)
    return provider
  })
}
