import type { EngineStatus, NodeStatus } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'
import { facts, table } from '../output/table.ts'
import { duration, size } from '../output/units.ts'

interface JsonFlag {
  json?: boolean | undefined
}

/** `p2pai status`. */
export async function status(flags: JsonFlag, context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  const found = await daemon.status()
  if (flags.json) {
    const { version, ...rest } = found
    await context.terminal.writeJson({ version: 1, daemonVersion: version, pid: daemon.pid, ...rest })
    return 0
  }
  await context.terminal.write(statusText(found, daemon.pid))
  return 0
}

/** `p2pai ps`. */
export async function ps(flags: JsonFlag, context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  const { engines } = await daemon.status()
  if (flags.json) {
    await context.terminal.writeJson({ version: 1, engines })
    return 0
  }
  if (engines.length === 0) context.terminal.note('the daemon shares no model')
  else await context.terminal.write(engineTable(engines))
  return 0
}

function statusText(found: NodeStatus, pid: number): string {
  const lines = facts([
    ['peer', found.peerId],
    ...(found.label === '' ? [] : [['name', found.label] as [string, string]]),
    ...found.addresses.map((address): [string, string] => ['address', address]),
    ['connections', found.connections],
    ['providers', found.providers],
    ['running for', duration(found.uptimeMs)],
    ['memory', size(found.rssBytes)],
    ['version', `${found.version} (pid ${pid})`]
  ])
  return found.engines.length === 0 ? lines : `${lines}\n${engineTable(found.engines)}`
}

function engineTable(engines: EngineStatus[]): string {
  return table(
    ['MODEL', 'STATE', 'BUSY', 'QUEUED', 'RESTARTS', 'MEMORY', 'UNTIL', 'HARDWARE'],
    engines.map(engine => [
      engine.model,
      engine.state,
      `${engine.slots.busy}/${engine.slots.total}`,
      engine.queued,
      engine.restarts,
      size(engine.rssBytes),
      timeLeft(engine),
      engine.hardware
    ])
  )
}

/** How long an idle model stays in memory. */
function timeLeft({ expiresAtMs, state, slots }: EngineStatus): string {
  if (expiresAtMs !== undefined) return `in ${duration(Math.max(0, expiresAtMs - Date.now()))}`
  return state === 'warm' && slots.busy === 0 ? 'for ever' : ''
}
