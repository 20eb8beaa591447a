import { type FromChild, HEARTBEAT_MS, type ToChild } from '../ipc.ts'
import type { LoadedModel } from './loaded-model.ts'
import { LogRing } from './log-ring.ts'
import type { RequestHost } from './request-host.ts'
import { toWireError } from './wire-error.ts'

/** A tick that takes longer than this is a hang, unless the ticks of this machine are that slow. */
const MIN_TICK_DEADLINE_MS = 30_000
const TICK_DEADLINE_FACTOR = 10

const ring = new LogRing()
let loaded: LoadedModel | undefined
let host: RequestHost | undefined
let loadPercent = 0

function send(message: FromChild): void {
  if (process.connected) process.send?.(message)
}

async function handle(message: ToChild): Promise<void> {
  switch (message.type) {
    case 'probe':
    case 'load':
      return await open(message)
    case 'prepare':
      return await host?.prepare(message.id, message.request)
    case 'start':
      return await host?.start(message.id)
    case 'read':
      return host?.read(message.id, message.tokens)
    case 'cancel':
      return host?.cancel(message.id)
    case 'close':
      return await close()
  }
}

/** node-llama-cpp is imported here, when the heartbeat runs already. */
async function open(message: Extract<ToChild, { type: 'probe' | 'load' }>): Promise<void> {
  try {
    if (message.type === 'probe') {
      const { probeModel } = await import('./probe.ts')
      send({ type: 'probed', report: await probeModel(message.modelFile, ring) })
      return
    }
    const [{ loadModel }, { RequestHost }] = await Promise.all([import('./load.ts'), import('./request-host.ts')])
    const onPercent = (percent: number) => {
      loadPercent = percent
    }
    const result = await loadModel(message.options, { ring, onPercent })
    loaded = result.loaded
    host = new RequestHost({ loaded, ring, send })
    send({ type: 'loaded', report: result.report })
  } catch (error) {
    send({ type: 'load-failed', error: toWireError(error) })
  }
}

/** Contexts are freed before the process ends: on macOS the GPU library aborts otherwise. */
async function close(): Promise<void> {
  if (loaded !== undefined) {
    const { disposeModel } = await import('./loaded-model.ts')
    await disposeModel(loaded)
  }
  process.exit(0)
}

/** The sign of life comes from this loop and from nowhere else, so it stops when the model hangs. */
function beat(): void {
  const tickAgeMs = loaded?.gate.ageMs() ?? 0
  const deadlineMs = Math.max(MIN_TICK_DEADLINE_MS, TICK_DEADLINE_FACTOR * (loaded?.gate.p99Ms() ?? 0))
  // A native call that hangs would keep an orderly exit waiting.
  if (tickAgeMs > deadlineMs) process.kill(process.pid, 'SIGKILL')
  send({
    type: 'beat',
    rssBytes: process.memoryUsage.rss(),
    tickAgeMs,
    loadPercent,
    prefillTokensPerSecond: loaded?.prefillSpeed.tokensPerSecond ?? 0,
    decodeTokensPerSecond: loaded?.decodeSpeed.tokensPerSecond ?? 0,
    requests: host?.progress() ?? []
  })
}

// Ctrl-C reaches the whole terminal; the parent decides when this process ends.
process.on('SIGINT', () => ring.push('interrupt left to the parent'))
process.on('disconnect', () => process.exit(0))
process.on('message', (message: ToChild) => {
  handle(message).catch(error => {
    // Nothing should get here; if it does, the parent sees a crash and not a silent hole.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exit(70)
  })
})
setInterval(beat, HEARTBEAT_MS)
