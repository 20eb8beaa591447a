import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'

/** `p2pai stop`. */
export async function stop(context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  await daemon.stop()
  context.terminal.note(`the daemon (pid ${daemon.pid}) has stopped`)
  return 0
}
