import { once } from 'node:events'
import { type LogLevel, type NodeLog, startDaemon } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { outliveConnectionErrors } from '../exceptions.ts'
import { entryText } from '../logs/entry.ts'
import { printableLine } from '../output/printable.ts'
import type { Terminal } from '../output/terminal.ts'
import { outliveRejections } from '../rejections.ts'
import { keepHeapSmall } from '../small-heap.ts'
import { useProxies } from './models-proxy.ts'
import { offerModel } from './serve-offer.ts'

/** What `p2pai serve` was told on its command line. */
export interface ServeFlags {
  /** `false` after `--no-model`. */
  model?: string[] | boolean | undefined
  listen?: string[] | undefined
  bootstrap?: string[] | undefined
  mdns: boolean
  name?: string | undefined
  context?: number | undefined
  slots?: number | undefined
  gpu?: 'auto' | 'off' | number | undefined
  threads?: number | undefined
  upstream?: string | undefined
  upstreamKeyFile?: string | undefined
  upstreamSlots?: number | undefined
  upstreamFeature?: string[] | undefined
  api?: string | undefined
  apiKeyFile?: string | undefined
  insecure?: true | undefined
  cors?: string[] | undefined
  allow?: string[] | undefined
  only?: string[] | undefined
  deny?: string[] | undefined
  denyProvider?: string[] | undefined
  logFormat: 'pretty' | 'json'
  logLevel: LogLevel
  /** Milliseconds. */
  keepAlive?: number | undefined
  yes?: true | undefined
  input: boolean
}

/** `p2pai serve`: runs until it is told to stop, by a signal or by `p2pai stop`. Returns the exit code. */
export async function serve(flags: ServeFlags, context: CommandContext): Promise<number> {
  const { terminal, interrupt } = context
  keepHeapSmall()
  const { model, name, logFormat, allow, only, upstreamFeature, keepAlive, yes: _yes, input: _input, ...rest } = flags
  const allowed = only ?? allow
  const json = logFormat === 'json'
  const said = json ? jsonLog(terminal) : prettyLog(terminal)
  // Once the daemon runs, it writes down what is said here too.
  let log = said
  outliveRejections((...line) => log(...line))
  const broken = outliveConnectionErrors((...line) => log(...line))
  const signal = AbortSignal.any([interrupt.signal, broken])
  await offerModel(flags, context)
  // The daemon fetches models for clients of its gateway.
  useProxies(terminal)
  const daemon = await startDaemon({
    ...rest,
    ...(allowed && { allow: allowed }),
    ...(upstreamFeature && { upstreamFeatures: upstreamFeature }),
    ...(Array.isArray(model) && { models: model }),
    noModel: model === false,
    ...(keepAlive !== undefined && { keepAliveMs: keepAlive }),
    ...(name !== undefined && { label: name }),
    log: said,
    signal
  })
  log = daemon.log
  try {
    if (json) await terminal.writeJson({ event: 'ready', ...daemon.ready })
    else await sayReady(daemon.ready, terminal)
    await Promise.race([daemon.stopped, ...(signal.aborted ? [] : [once(signal, 'abort')])])
  } finally {
    await daemon.stop()
  }
  if (json) await terminal.writeJson({ event: 'stopped' })
  return broken.aborted ? 1 : 0
}

interface Ready {
  peerId: string
  addresses: string[]
  models: { name: string }[]
  api?: string
}

async function sayReady({ addresses, models, api }: Ready, terminal: Terminal): Promise<void> {
  const names = models.map(model => model.name).join(', ') || 'no model'
  const [first] = addresses
  const how = first === undefined ? 'p2pai ask "Hello"' : `p2pai ask --bootstrap ${first} "Hello"`
  await terminal.write(
    printableReady(
      `p2pai ready: ${names} at ${addresses.join(' ') || 'no address'}; HTTP ${api ?? 'off'}; ask with: ${how}`
    )
  )
  if (models.length > 0) {
    terminal.note(
      terminal.paint(
        'dim',
        'This node reads the prompts that it answers, as every provider does. None is written down.'
      )
    )
  }
}

function printableReady(line: string): string {
  return `${printableLine(line)}\n`
}

const COLOURS = { debug: 'dim', warn: 'yellow', error: 'red' } as const

function prettyLog({ note, paint }: Terminal): NodeLog {
  return (level, event, fields = {}) => {
    const line = entryText({ event, fields })
    note(
      `${new Date().toISOString().slice(11, 19)} ${level === 'info' ? line : paint(COLOURS[level], `${level} ${line}`)}`
    )
  }
}

/** Lines are written in order and nobody waits for them: a log that is not read must not stop the node. */
function jsonLog(terminal: Terminal): NodeLog {
  return (level, event, fields = {}) => {
    void terminal.writeJson({ ...fields, event, level, time: new Date().toISOString() }).catch(() => undefined)
  }
}
