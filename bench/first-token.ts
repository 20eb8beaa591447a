import { spawn } from 'node:child_process'
import { createNode, type InferenceEngine, llamaEngine, textMessage } from 'p2pai'
import { type Figure, inWords, MODEL_FILE, newHome, spread, startDaemon, timeCommand } from './support.ts'

const ROUNDS = 12
const PROMPT = 'What is the capital of France?'

/** What the way to the first token adds to the engine's own time. */
export async function firstToken(): Promise<Figure[]> {
  const { engineMs, figure } = await oneHop()
  return [figure, ...(await fromStart(engineMs))]
}

async function oneHop(): Promise<{ engineMs: number; figure: Figure }> {
  const engine = await llamaEngine({ modelFile: MODEL_FILE, contextSizeTokens: 2048 })
  await engine.load()
  const local = { listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false }
  const provider = await createNode({ ...local, engines: [engine] })
  const asker = await createNode({ ...local, bootstrap: provider.status().addresses })
  const direct: number[] = []
  const hop: number[] = []
  try {
    for (let round = -2; round < ROUNDS; round++) {
      const times = [await firstDelta(engine), await firstDelta(asker.engine)]
      if (round < 0) continue
      direct.push(times[0]!)
      hop.push(times[1]!)
    }
  } finally {
    await asker.stop(0)
    await provider.stop(0)
  }
  const added = spread(hop).median - spread(direct).median
  return {
    engineMs: spread(direct).median,
    figure: {
      name: 'first token: added by one hop',
      value: `${added.toFixed(1)} ms (${inWords(hop, 'ms', 1)} against ${inWords(direct, 'ms', 1)})`,
      goal: '<= 5 ms',
      met: added <= 5
    }
  }
}

async function firstDelta(engine: InferenceEngine): Promise<number> {
  const startedAtMs = performance.now()
  const messages = [textMessage('user', PROMPT)]
  for await (const event of engine.generate({ model: 'auto', messages, maxTokens: 1, sampling: { temperature: 0 } })) {
    if (event.type === 'delta') return performance.now() - startedAtMs
  }
  throw new Error('no token came')
}

async function fromStart(engineMs: number): Promise<Figure[]> {
  const provider = await startDaemon(['--model', MODEL_FILE, '--context', '2048'])
  const daemon = await startDaemon(['--no-model', '--bootstrap', provider.address])
  const ask = ['ask', '--temperature', '0', '--max-tokens', '1']
  const join = ['--no-mdns', '--bootstrap', provider.address]
  const known = newHome()
  const withDaemon: number[] = []
  const without: number[] = []
  const fresh: number[] = []
  try {
    for (let round = -1; round < ROUNDS; round++) {
      const times = [
        await timeCommand(daemon.home, [...ask, PROMPT]),
        await timeCommand(known, [...ask, ...join, PROMPT]),
        await timeCommand(newHome(), [...ask, ...join, PROMPT])
      ].map(time => time.firstByteMs - engineMs)
      if (round < 0) continue
      withDaemon.push(times[0]!)
      without.push(times[1]!)
      fresh.push(times[2]!)
    }
  } finally {
    await daemon.stop()
    await provider.stop()
  }
  const line = (name: string, values: number[], goalMs?: number): Figure => ({
    name,
    value: inWords(values, 'ms'),
    ...(goalMs !== undefined && { goal: `<= ${goalMs} ms`, met: spread(values).median <= goalMs })
  })
  return [
    line("asker's start to first token, less the engine's own, with a daemon", withDaemon, 150),
    line("asker's start to first token, less the engine's own, without", without, 1_000),
    line("a fresh home: start to first token, less the engine's own", fresh)
  ]
}

/** Milliseconds of `--help`, from start to end. */
export async function help(): Promise<Figure> {
  const times: number[] = []
  const home = newHome()
  for (let round = -1; round < ROUNDS; round++) {
    const { totalMs } = await timeCommand(home, ['--help'])
    if (round >= 0) times.push(totalMs)
  }
  const node: number[] = []
  for (let round = 0; round < ROUNDS; round++) node.push(await bareNode())
  return {
    name: '--help',
    value: `${inWords(times, 'ms')}; bare node: ${inWords(node, 'ms')}`,
    goal: '<= 150 ms',
    met: spread(times).median <= 150
  }
}

async function bareNode(): Promise<number> {
  const startedAtMs = performance.now()
  await new Promise(resolve => spawn(process.execPath, ['-e', '0']).on('close', resolve))
  return performance.now() - startedAtMs
}
