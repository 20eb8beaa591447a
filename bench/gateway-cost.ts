import { type InferenceEngine, llamaEngine, textMessage } from 'p2pai'
import { scriptedEngine } from 'p2pai/testing'
import { type Figure, inWords, MODEL_FILE, spread } from './support.ts'
import { openGateway, openReader, type Timed } from './support-gateway.ts'

const EARLY_ROUNDS = 24
const AT_ONCE_ROUNDS = 240
/** A model's first token varies by 5 ms by itself: the medians of so many differ by less than 1 ms for the same thing. */
const MODEL_ROUNDS = 144
const MAX_TOKENS = 48
/** Short requests before it: what is measured is a daemon that was in use, and what the first ones cost is said beside it. */
const WARM_UP = 300
const MESSAGES = [textMessage('user', 'Tell me a story about a river.')]

/**
 * What HTTP costs: for the first byte before an engine that takes no time, for the rate before a model. A model's first
 * byte is told beside it: on two cores it runs on those of the gateway and of the client, and drives their code out of
 * the caches, so that it tells of the machine as well.
 */
export async function gatewayCost(): Promise<Figure[]> {
  const atOnce = await inTurns(scriptedEngine({ text: 'One two three four.' }), AT_ONCE_ROUNDS)
  const engine = await llamaEngine({ modelFile: MODEL_FILE, contextSizeTokens: 2048 })
  await engine.load()
  const ofModel = await inTurns(engine, MODEL_ROUNDS)
  return [
    withGoal(added('an engine that answers at once', atOnce), '<= 3 ms', value => value <= 3),
    told(added('a model', ofModel)),
    withGoal(rate('a model', ofModel), '>= 0.98', value => value >= 0.98)
  ]
}

/** A number, and how it is said. */
interface Cost {
  name: string
  number: number
  value: string
}

function withGoal({ name, number, value }: Cost, goal: string, isMet: (value: number) => boolean): Figure {
  return { name, value, goal, met: isMet(number) }
}

function told({ name, value }: Cost): Figure {
  return { name, value }
}

interface Turns {
  here: Timed[]
  http: Timed[]
  /** What the gateway added to each of the first requests. */
  earlyMs: number[]
}

/** The same request to the engine and to the gateway before it, in turns. Closes the engine. */
async function inTurns(engine: InferenceEngine, rounds: number): Promise<Turns> {
  const door = await openGateway({ engines: [engine] })
  const reader = await openReader(door.url)
  const direct = async (maxTokens: number): Promise<Timed> => {
    const startedAtMs = performance.now()
    let firstMs = 0
    let lastMs = 0
    let tokens = 0
    const request = { model: 'auto', messages: MESSAGES, maxTokens, sampling: { temperature: 0 } }
    for await (const event of engine.generate(request)) {
      if (event.type === 'delta') lastMs = performance.now() - startedAtMs
      firstMs ||= lastMs
      if (event.type === 'end') tokens = event.usage.completionTokens
    }
    return { firstMs, lastMs, tokens }
  }
  const turns: Turns = { here: [], http: [], earlyMs: [] }
  try {
    for (let round = 0; round < WARM_UP; round++) {
      const own = await direct(2)
      const there = await reader.ask(2)
      if (round < EARLY_ROUNDS) turns.earlyMs.push(there.firstMs - own.firstMs)
    }
    for (let round = 0; round < rounds; round++) {
      // Whoever is second finds a warmer processor, so they take turns in that too.
      const first = round % 2 === 0 ? await direct(MAX_TOKENS) : undefined
      turns.http.push(await reader.ask(MAX_TOKENS))
      turns.here.push(first ?? (await direct(MAX_TOKENS)))
    }
  } finally {
    reader.close()
    await door.close()
  }
  return turns
}

/** In pairs: the machine is faster in one minute than in the next, and the two of a round are of the same second. */
function added(before: string, { here, http, earlyMs }: Turns): Cost {
  const firsts = { here: here.map(({ firstMs }) => firstMs), http: http.map(({ firstMs }) => firstMs) }
  const addedMs = spread(firsts.http.map((ms, round) => ms - firsts.here[round]!)).median
  return {
    name: `gateway: added to the first byte of ${before}`,
    number: addedMs,
    value: `${addedMs.toFixed(1)} ms (${inWords(firsts.http, 'ms', 1)} against ${inWords(firsts.here, 'ms', 1)}); ${inWords(earlyMs, 'ms', 1)} of the first requests`
  }
}

function rate(before: string, { here, http }: Turns): Cost {
  const rates = { here: here.map(tokensPerSecond), http: http.map(tokensPerSecond) }
  const share = spread(rates.http.map((rate, round) => rate / rates.here[round]!)).median
  return {
    name: `gateway: tokens a second, as a share of those of ${before}`,
    number: share,
    value: `${share.toFixed(3)} (${inWords(rates.http, 'tokens/s')} against ${inWords(rates.here, 'tokens/s')})`
  }
}

function tokensPerSecond({ firstMs, lastMs, tokens }: Timed): number {
  return (1000 * (tokens - 1)) / (lastMs - firstMs)
}
