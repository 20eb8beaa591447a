import { Advertised } from './adverts.ts'
import type { SimConfig } from './config.ts'
import type { EventQueue } from './event-queue.ts'
import type { Foresight } from './foresight.ts'
import type { Provider } from './provider.ts'
import { exponential, type Random } from './random.ts'
import type { Work } from './work.ts'

const ZOMBIE_SHARE = 0.5
/** Zombies that still answer quotes. */
const ANSWERING_SHARE = 0.2
/** Crashes that close the connection, of those that leave no zombie. */
const VISIBLE_SHARE = 0.5
/** Devices whose owner is there at the start, and for how long an owner stays. */
const OWNER_THERE_SHARE = 0.2
const OWNER_STAYS_MS = 45_000

/** What `Fates` needs. */
export interface FatesInit {
  config: SimConfig
  events: EventQueue
  work: Work
  foresight: Foresight
  random: Random
}

/** What happens to providers from outside: owners come and go, machines die and return, adverts are renewed. */
export class Fates {
  readonly #init: FatesInit

  constructor(init: FatesInit) {
    this.#init = init
  }

  begin(provider: Provider): void {
    const { config, events, random } = this.#init
    if (random() < OWNER_THERE_SHARE) provider.ownerFactor = provider.device.owner.factor
    this.#advertise(provider)
    events.after(random() * config.advertEveryMs, () => this.#advertiseOften(provider))
    this.#ownerComesOrGoes(provider)
    if (config.deadShare <= 0) return
    if (random() < config.deadShare) this.#die(provider)
    else this.#dieLater(provider)
  }

  #advertise(provider: Provider): void {
    provider.advert = new Advertised(provider, this.#init.events.nowMs, this.#init.foresight)
  }

  #advertiseOften(provider: Provider): void {
    if (provider.isAlive || provider.isZombie) this.#advertise(provider)
    this.#init.events.after(this.#init.config.advertEveryMs, () => this.#advertiseOften(provider))
  }

  #ownerComesOrGoes(provider: Provider): void {
    const { events, random, work } = this.#init
    const isAway = provider.ownerFactor === 1
    const { factor, awayMs } = provider.device.owner
    events.after(exponential(random, isAway ? awayMs : OWNER_STAYS_MS), () => {
      work.account(provider)
      provider.ownerFactor = isAway ? factor : 1
      this.#ownerComesOrGoes(provider)
    })
  }

  #dieLater(provider: Provider): void {
    const { config, events, random } = this.#init
    provider.deathAtMs = events.nowMs + exponential(random, config.uptimeMs)
    events.at(provider.deathAtMs, () => this.#die(provider))
  }

  #die(provider: Provider): void {
    const { config, events, random, work } = this.#init
    work.account(provider)
    provider.isAlive = false
    provider.isZombie = random() < ZOMBIE_SHARE
    provider.answersQuotes = provider.isZombie && random() < ANSWERING_SHARE
    work.loseAll(provider, !provider.isZombie && random() < VISIBLE_SHARE)
    const downtimeMs = (config.uptimeMs * config.deadShare) / (1 - config.deadShare)
    events.after(exponential(random, downtimeMs), () => this.#return(provider))
  }

  #return(provider: Provider): void {
    this.#init.work.account(provider)
    Object.assign(provider, { isAlive: true, isZombie: false, answersQuotes: false })
    this.#advertise(provider)
    this.#dieLater(provider)
  }
}
