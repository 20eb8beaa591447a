import { connectDaemon, DaemonNotRunningError, homePaths, toP2paiError } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'
import { printableLine } from '../output/printable.ts'

/** `p2pai models unload`. */
export async function unloadModel(
  wanted: string,
  flags: { json?: boolean | undefined },
  context: CommandContext
): Promise<number> {
  const model = await (await requireDaemon(context)).unload(wanted)
  if (flags.json) await context.terminal.writeJson({ version: 1, model })
  else await context.terminal.write(`${printableLine(model.name)} is out of the memory until it is asked again\n`)
  return 0
}

/** Lets the daemon, if one runs, look at what was installed or removed; it would see it by itself a moment later. */
export async function tellDaemon({ terminal, json }: CommandContext): Promise<void> {
  try {
    await (await connectDaemon(homePaths().socket)).refreshModels()
  } catch (error) {
    if (error instanceof DaemonNotRunningError || json) return
    terminal.note(printableLine(`the daemon was not told: ${toP2paiError(error).message}`))
  }
}
