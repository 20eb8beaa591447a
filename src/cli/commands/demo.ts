import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { AbortedError, InternalError } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { duration, shortPeer } from '../output/units.ts'

/** The command itself, three folders up in `src` and in `dist` alike. */
const PROGRAM = fileURLToPath(new URL('../../../bin/p2pai.js', import.meta.url))

/** A provider that has not gone by then is killed. */
const GOODBYE_MS = 3000

/** Enough of stderr for an error in one line. */
const MAX_COMPLAINT_CHARACTERS = 10_000

/** `p2pai demo`: two processes with homes of their own, and a prompt from one to the other. */
export async function demo(prompt: string, { terminal, interrupt }: CommandContext): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pai-demo-'))
  const say = (line: string): void => terminal.note(terminal.paint('dim', line))
  const startedMs = performance.now()
  let provider: ChildProcess | undefined
  try {
    provider = start(folder, 'provider', [
      'serve',
      '--listen',
      '/ip4/127.0.0.1/tcp/0',
      '--no-mdns',
      '--api',
      'off',
      '--log-format',
      'json'
    ])
    say('demo: a provider starts with the built-in model …')
    const complaint = lastComplaint(provider)
    const ready = await untilReady(provider, complaint, interrupt.signal)
    const [model] = ready.models
    say(`demo: ${model?.name} is served by ${shortPeer(ready.peerId)} after ${duration(performance.now() - startedMs)}`)
    say(`demo: another process, which knows only its address, asks: ${prompt}`)
    const asker = start(
      folder,
      'asker',
      ['ask', '--bootstrap', ready.addresses[0] ?? '', '--no-mdns', '--', prompt],
      'inherit'
    )
    interrupt.signal.addEventListener('abort', () => asker.kill('SIGINT'))
    const [code] = (await once(asker, 'exit')) as [number | null]
    interrupt.signal.throwIfAborted()
    return code ?? 1
  } finally {
    if (provider !== undefined) await end(provider)
    await rm(folder, { recursive: true, force: true })
  }
}

interface Ready {
  peerId: string
  addresses: string[]
  models: { name: string }[]
}

function start(folder: string, name: string, words: string[], output: 'pipe' | 'inherit' = 'pipe'): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...words], {
    env: { ...process.env, P2PAI_HOME: join(folder, name) },
    stdio: ['ignore', output, output]
  })
}

/** Reads what the provider says on stderr, and gives the last line of it: why it ended, if it failed. */
function lastComplaint(provider: ChildProcess): () => Promise<string> {
  // Last words may come after the process has ended.
  const closed = new Promise(resolve => provider.once('close', resolve))
  let text = ''
  provider.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_COMPLAINT_CHARACTERS)
  })
  return async () => {
    await closed
    const line = text.trimEnd().split('\n').at(-1) ?? ''
    try {
      return (JSON.parse(line) as { error: { message: string } }).error.message
    } catch {
      // Not every end is an error of p2pai's own, in JSON.
      return line
    }
  }
}

async function untilReady(
  provider: ChildProcess,
  complaint: () => Promise<string>,
  signal: AbortSignal
): Promise<Ready> {
  if (provider.stdout === null) throw new InternalError('the provider has no output')
  const lines = createInterface({ input: provider.stdout })
  const stop = (): void => lines.close()
  signal.addEventListener('abort', stop, { once: true })
  for await (const line of lines) {
    const entry = JSON.parse(line) as Ready & { event: string }
    if (entry.event !== 'ready') continue
    // What follows is read and dropped, so that a full pipe cannot stop the provider.
    provider.stdout.resume()
    return entry
  }
  if (signal.aborted) throw new AbortedError('interrupted')
  throw new InternalError(`the provider did not start: ${(await complaint()) || 'it ended without a word'}`)
}

async function end(provider: ChildProcess): Promise<void> {
  if (provider.exitCode !== null || provider.signalCode !== null) return
  const gone = once(provider, 'exit')
  provider.kill('SIGTERM')
  const timer = setTimeout(() => provider.kill('SIGKILL'), GOODBYE_MS)
  await gone
  clearTimeout(timer)
}
