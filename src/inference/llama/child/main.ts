import { type FromChild, HEARTBEAT_MS, type LoadOptions, type LoadReport, type ToChild } from '../ipc.ts'
import type { LoadObserver } from './load.ts'
import type { LoadedModel } from './loaded-model.ts'
import { LogRing } from './log-ring.ts'
import { textTaskOf } from './probe-texts.ts'
import type { RequestHost } from './request-host.ts'
import type { TextHost } from './text-host.ts'
import type { TextModel } from './text-model.ts'
import { toWireError } from './wire-error.ts'

/** A tick that takes longer than this is a hang, unless the ticks of this machine are that slow. */
const MIN_TICK_DEADLINE_MS = 30_000
const TICK_DEADLINE_FACTOR = 10

const ring = new LogRing()
let loaded: LoadedModel | TextModel | undefined
let disposeLoaded: (() => Promise<void>) | undefined
/** One of the two, as the model is. */
let prompts: RequestHost | undefined
let texts: TextHost | undefined
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
      return await prompts?.prepare(message.id, message.request)
    case 'prepare-texts':
      return texts?.prepareTexts(message.id, message.request)
    case 'start':
      return await (prompts ?? texts)?.start(message.id)
    case 'read':
      return prompts?.read(message.id, message.tokens)
    case 'cancel':
      return (prompts ?? texts)?.cancel(message.id)
    case 'share':
      return loaded?.governor.share(message.engines)
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
    const onPercent = (percent: number) => {
      loadPercent = percent
    }
    const load = textTaskOf(message.options.header) === undefined ? loadPrompts : loadTexts
    send({ type: 'loaded', report: await load(message.options, { ring, onPercent }) })
  } catch (error) {
    send({ type: 'load-failed', error: toWireError(error) })
  }
}

async function loadPrompts(options: LoadOptions, observer: LoadObserver): Promise<LoadReport> {
  const [{ loadModel }, { RequestHost }, { disposeModel }] = await Promise.all([
    import('./load.ts'),
    import('./request-host.ts'),
    import('./loaded-model.ts')
  ])
  const { loaded, report } = await loadModel(options, observer)
  holds(loaded, () => disposeModel(loaded))
  prompts = new RequestHost({ loaded, ring, send })
  return report
}

async function loadTexts(options: LoadOptions, observer: LoadObserver): Promise<LoadReport> {
  const [{ loadTextModel }, { TextHost }, { disposeTextModel }] = await Promise.all([
    import('./load-texts.ts'),
    import('./text-host.ts'),
    import('./text-model.ts')
  ])
  const { loaded, report } = await loadTextModel(options, observer)
  holds(loaded, () => disposeTextModel(loaded))
  texts = new TextHost({ loaded, ring, send })
  return report
}

function holds(model: LoadedModel | TextModel, dispose: () => Promise<void>): void {
  loaded = model
  disposeLoaded = dispose
}

/** Contexts are freed before the process ends: on macOS the GPU library aborts otherwise. */
async function close(): Promise<void> {
  await disposeLoaded?.()
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
    requests: (prompts ?? texts)?.progress() ?? []
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
