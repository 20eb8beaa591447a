import type { Asker } from './asker.ts'
import type { SimConfig } from './config.ts'
import { demandOf, MODEL_SPEED } from './devices.ts'
import type { EventQueue } from './event-queue.ts'
import { MEAN_TOKENS } from './foresight.ts'
import type { Provider } from './provider.ts'
import { exponential, logNormal, normal, type Random } from './random.ts'

const MEAN_TURNS = 4
const MOST_TURNS = 20
const MEDIAN_ANSWER = 170
const ANSWER_SIGMA = 0.8
const MOST_ANSWER = 1_500
/** With habits, what the variance of the logarithm of a length comes from; the rest is the turn's own. */
const CONVERSATION_SHARE = 0.45
const ASKER_SHARE = 0.15
/** With habits, conversations whose client sets a limit, and the limits. */
const LIMITED_SHARE = 0.25
const LIMITS = [64, 128, 256] as const
/** Part of nominal capacity that owners, heat and batches leave. */
const USABLE = 0.87
/** Prefill and the like, as tokens of decoding. */
const OVERHEAD_TOKENS = 25

/** One turn: what the user adds, how long the answer becomes, how long the user waits before. */
interface Turn {
  addedTokens: number
  answerTokens: number
  thinkMs: number
}

/** A conversation, as it goes on. */
export interface Conversation {
  id: number
  asker: Asker
  model: number
  /** Tokens of the next prompt. */
  promptTokens: number
  turns: readonly Turn[]
  turn: number
  maxTokens?: number
  /** Who answered last, and how much it has in its cache. */
  last?: { provider: Provider; tokens: number }
}

/** What lengths are remembered by. */
export function lengthKey({ id, model, maxTokens }: Conversation) {
  return { model: String(model), conversation: String(id), ...(maxTokens && { maxTokens }) }
}

/** What `Workload` needs. */
export interface WorkloadInit {
  config: SimConfig
  events: EventQueue
  providers: readonly Provider[]
  askers: readonly Asker[]
  random: Random
  onRequest: (conversation: Conversation) => void
}

/** Conversations that begin by chance, at a rate that offers the wanted load. */
export class Workload {
  readonly #init: WorkloadInit
  readonly #everyMs: number
  readonly #askerHabits: readonly number[]
  #count = 0

  constructor(init: WorkloadInit) {
    this.#init = init
    this.#everyMs = 1_000 / conversationsPerSecond(init.config, init.providers)
    this.#askerHabits = init.askers.map(() => normal(init.random))
  }

  begin(): void {
    this.#init.events.after(exponential(this.#init.random, this.#everyMs), () => {
      const { config, events, onRequest } = this.#init
      const isOver = events.nowMs > config.warmupMs + config.measuredMs + config.cooldownMs
      if (!isOver) onRequest(this.#conversation())
      this.begin()
    })
  }

  /** After an answer: the next turn comes when the user has read and thought. */
  goOn(conversation: Conversation, answeredBy: Provider): void {
    const done = conversation.turns[conversation.turn]!
    const tokens = conversation.promptTokens + done.answerTokens
    conversation.last = { provider: answeredBy, tokens }
    conversation.turn++
    const next = conversation.turns[conversation.turn]
    if (next === undefined) return
    conversation.promptTokens = tokens + next.addedTokens
    this.#init.events.after(next.thinkMs, () => this.#init.onRequest(conversation))
  }

  #conversation(): Conversation {
    const { askers, config, random } = this.#init
    const asker = askers[Math.floor(random() * askers.length)]!
    const model = this.#model()
    const turns: Turn[] = []
    const habit = normal(random)
    const isLimited = config.lengths === 'habits' && random() < LIMITED_SHARE
    const maxTokens = isLimited ? LIMITS[Math.floor(random() * LIMITS.length)] : undefined
    do {
      const answerTokens = Math.min(this.#answerTokens(asker, habit), maxTokens ?? MOST_ANSWER)
      const addedTokens = Math.max(8, Math.round(logNormal(random, 70, 0.9)))
      turns.push({ answerTokens, addedTokens, thinkMs: Math.max(2_000, logNormal(random, 20_000, 0.7)) })
    } while (random() < 1 - 1 / MEAN_TURNS && turns.length < MOST_TURNS)
    const promptTokens = Math.max(20, Math.min(6_000, Math.round(logNormal(random, 350, 0.9))))
    return { id: ++this.#count, asker, model, promptTokens, turns, turn: 0, ...(maxTokens && { maxTokens }) }
  }

  #answerTokens(asker: Asker, habit: number): number {
    const own = normal(this.#init.random)
    const mixed =
      Math.sqrt(CONVERSATION_SHARE) * habit +
      Math.sqrt(ASKER_SHARE) * this.#askerHabits[asker.index]! +
      Math.sqrt(1 - CONVERSATION_SHARE - ASKER_SHARE) * own
    const deviation = this.#init.config.lengths === 'habits' ? mixed : own
    return Math.max(8, Math.min(MOST_ANSWER, Math.round(MEDIAN_ANSWER * Math.exp(ANSWER_SIGMA * deviation))))
  }

  #model(): number {
    const demand = demandOf(this.#init.config.mix)
    let left = this.#init.random()
    const model = demand.findIndex(share => {
      left -= share
      return left < 0
    })
    return model === -1 ? demand.findLastIndex(share => share > 0) : model
  }
}

function conversationsPerSecond({ mix, load, deadShare }: SimConfig, providers: readonly Provider[]): number {
  const demand = demandOf(mix)
  const work =
    demand.reduce((sum, share, model) => sum + share / MODEL_SPEED[model]!, 0) * (MEAN_TOKENS + OVERHEAD_TOKENS)
  const nominal = providers.reduce((sum, { device }) => sum + device.decode * device.slots, 0)
  return (load * nominal * USABLE * (1 - deadShare)) / work / MEAN_TURNS
}
