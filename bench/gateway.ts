import { llamaEngine, textMessage } from 'p2pai'
import { crowds } from './crowd.ts'
import { type Figure, inWords, MODEL_FILE, newHome, spread, startDaemon, timeCommand } from './support.ts'
import { askStreamed, openGateway, type Timed } from './support-gateway.ts'

const ROUNDS = 24
const MAX_TOKENS = 48
/** Short requests before it: what is measured is a daemon that was in use, and what the first ones cost is said beside it. */
const WARM_UP = 300
const MESSAGES = [textMessage('user', 'Tell me a story about a river.')]

/** What HTTP costs: against the engine itself, under many clients, and around the daemon. */
export async function gateway(): Promise<Figure[]> {
  return [...(await cost()), ...(await crowds()), await status(), await ready()]
}

/** The same request to the engine and to the gateway before it, in turns. */
async function cost(): Promise<Figure[]> {
  const engine = await llamaEngine({ modelFile: MODEL_FILE, contextSizeTokens: 2048 })
  await engine.load()
  const door = await openGateway({ engines: [engine] })
  const request = { model: 'auto', messages: MESSAGES, sampling: { temperature: 0 } }
  const direct = async (maxTokens: number): Promise<Timed> => {
    const startedAtMs = performance.now()
    let firstMs = 0
    let tokens = 0
    for await (const event of engine.generate({ ...request, maxTokens })) {
      if (event.type === 'delta') firstMs ||= performance.now() - startedAtMs
      if (event.type === 'end') tokens = event.usage.completionTokens
    }
    return { firstMs, tokens, totalMs: performance.now() - startedAtMs }
  }
  const here: Timed[] = []
  const http: Timed[] = []
  const early: number[] = []
  try {
    for (let round = 0; round < WARM_UP; round++) {
      const own = await direct(2)
      const there = await askStreamed(door.url, 2)
      if (round < ROUNDS) early.push(there.firstMs - own.firstMs)
    }
    for (let round = 0; round < ROUNDS; round++) {
      // Whoever is second finds a warmer processor, so they take turns in that too.
      const first = round % 2 === 0 ? await direct(MAX_TOKENS) : undefined
      http.push(await askStreamed(door.url, MAX_TOKENS))
      here.push(first ?? (await direct(MAX_TOKENS)))
    }
  } finally {
    await door.close()
  }
  const firsts = { here: here.map(({ firstMs }) => firstMs), http: http.map(({ firstMs }) => firstMs) }
  const rates = { here: here.map(tokensPerSecond), http: http.map(tokensPerSecond) }
  const added = spread(firsts.http).median - spread(firsts.here).median
  const ratio = spread(rates.http).median / spread(rates.here).median
  return [
    {
      name: 'gateway: added to the first byte',
      value: `${added.toFixed(1)} ms (${inWords(firsts.http, 'ms', 1)} against ${inWords(firsts.here, 'ms', 1)}); ${inWords(early, 'ms', 1)} of the first requests`,
      goal: '<= 3 ms',
      met: added <= 3
    },
    {
      name: 'gateway: tokens a second, as a share of the engine alone',
      value: `${ratio.toFixed(3)} (${inWords(rates.http, 'tokens/s')} against ${inWords(rates.here, 'tokens/s')})`,
      goal: '>= 0.98',
      met: ratio >= 0.98
    }
  ]
}

function tokensPerSecond({ firstMs, totalMs, tokens }: Timed): number {
  return (1000 * (tokens - 1)) / (totalMs - firstMs)
}

async function status(): Promise<Figure> {
  const daemon = await startDaemon(['--no-model'])
  const times: number[] = []
  try {
    for (let round = -1; round < ROUNDS; round++) {
      const { totalMs } = await timeCommand(daemon.home, ['status'])
      if (round >= 0) times.push(totalMs)
    }
  } finally {
    await daemon.stop()
  }
  return { name: 'status', value: inWords(times, 'ms'), goal: '<= 100 ms', met: spread(times).median <= 100 }
}

async function ready(): Promise<Figure> {
  const times: number[] = []
  for (let round = -1; round < ROUNDS / 3; round++) {
    const home = newHome()
    const startedAtMs = performance.now()
    const daemon = await startDaemon(['--no-model', '--api', '127.0.0.1:0'], home)
    if (round >= 0) times.push(performance.now() - startedAtMs)
    await daemon.stop()
  }
  return {
    name: 'daemon ready without a model',
    value: inWords(times, 'ms'),
    goal: '<= 1,500 ms',
    met: spread(times).median <= 1_500
  }
}
