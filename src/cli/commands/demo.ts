import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandContext } from '../context.ts'
import { PROGRAM, startDaemonProcess } from '../daemon-process.ts'
import { duration, shortPeer } from '../output/units.ts'

/** A provider that has not gone by then is killed. */
const GOODBYE_MS = 3000

/** `p2pai demo`: two processes with homes of their own, and a prompt from one to the other. */
export async function demo(prompt: string, { terminal, interrupt }: CommandContext): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'p2pai-demo-'))
  const say = (line: string): void => terminal.note(terminal.paint('dim', line))
  const startedMs = performance.now()
  let provider: ChildProcess | undefined
  try {
    say('demo: a provider starts with the built-in model …')
    const started = await startDaemonProcess(
      ['serve', '--model', 'p2pai-tiny', '--listen', '/ip4/127.0.0.1/tcp/0', '--no-mdns', '--api', 'off'],
      { env: environment(folder, 'provider'), signal: interrupt.signal }
    )
    provider = started.child
    const { ready } = started
    const [model] = ready.models
    say(`demo: ${model?.name} is served by ${shortPeer(ready.peerId)} after ${duration(performance.now() - startedMs)}`)
    say(`demo: another process, which knows only its address, asks: ${prompt}`)
    const asker = spawn(
      process.execPath,
      [PROGRAM, 'ask', '--bootstrap', ready.addresses[0] ?? '', '--no-mdns', '--', prompt],
      { env: environment(folder, 'asker'), stdio: ['ignore', 'inherit', 'inherit'] }
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

function environment(folder: string, name: string): NodeJS.ProcessEnv {
  return { ...process.env, P2PAI_HOME: join(folder, name) }
}

async function end(provider: ChildProcess): Promise<void> {
  if (provider.exitCode !== null || provider.signalCode !== null) return
  const gone = once(provider, 'exit')
  provider.kill('SIGTERM')
  const timer = setTimeout(() => provider.kill('SIGKILL'), GOODBYE_MS)
  await gone
  clearTimeout(timer)
}
