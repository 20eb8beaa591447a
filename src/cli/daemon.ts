import { connectDaemon, homePaths } from '../index.ts'
import type { CommandContext } from './context.ts'
import { printableLine } from './output/printable.ts'

/** The running daemon of this home. Throws `DaemonNotRunningError`. */
export async function requireDaemon(context: CommandContext): ReturnType<typeof connectDaemon> {
  const daemon = await connectDaemon(homePaths().socket)
  noteVersion(daemon.version, context)
  return daemon
}

/** Says in one line that daemon and command are not of one version. Scripts that read JSON are not told. */
export function noteVersion(version: string, { version: own, json, terminal }: CommandContext): void {
  if (version === own || json) return
  const theirs = printableLine(version) || 'unknown'
  terminal.note(
    terminal.paint(
      'yellow',
      `the daemon is version ${theirs}, this command ${own}; restart it with: p2pai stop, p2pai serve`
    )
  )
}
