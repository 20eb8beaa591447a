import { type Advert, canDo, type ModelTask, servesModel } from '../interface/index.ts'
import { Spread } from './spread.ts'
import { drawPeers } from './working-set.ts'

/** Providers that a sample is drawn from, and how it shall be. */
export interface SampleWish {
  /** At most so many. */
  count: number
  /** Only providers of it, by the rule of `servesModel`. @default any */
  model?: string
  /** @default 'chat' */
  task?: ModelTask
}

/** A random part of the providers that serve what is wished, not too many of one network or relay: see `Spread`. */
export function drawSample<Held extends { advert: Advert; prefix: string }>(
  held: Iterable<Held>,
  { count, model, task = 'chat' }: SampleWish,
  random: () => number
): Held[] {
  const serves = ({ models }: Advert) =>
    model === undefined || models.some(offered => servesModel(model, offered, task) && canDo(offered.features, task))
  const fitting = new Map([...held].filter(({ advert }) => serves(advert)).map(entry => [entry.advert.peerId, entry]))
  const spread = new Spread(count)
  const drawn: Held[] = []
  for (const peerId of drawPeers([...fitting.keys()], fitting.size, new Set(), random)) {
    if (drawn.length >= count) break
    const entry = fitting.get(peerId)!
    if (spread.takes(entry.advert.addresses, entry.prefix)) drawn.push(entry)
  }
  return drawn
}
