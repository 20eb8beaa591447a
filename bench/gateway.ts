import { crowds } from './crowd.ts'
import { gatewayCost } from './gateway-cost.ts'
import { type Figure, inWords, newHome, spread, startDaemon, timeCommand } from './support.ts'

const ROUNDS = 24

/** What HTTP costs: against the engine itself, under many clients, and around the daemon. */
export async function gateway(): Promise<Figure[]> {
  return [...(await gatewayCost()), ...(await crowds()), await status(), await ready()]
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
