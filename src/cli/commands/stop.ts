import { setTimeout as sleep } from 'node:timers/promises'
import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'

/** From the last answer of a daemon to the end of its process. Longer in a program that has more to do. */
const EXIT_TIMEOUT_MS = 2000
const EXIT_POLL_MS = 10

/** `p2pai stop`. */
export async function stop(context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  await daemon.stop()
  for (let waitedMs = 0; waitedMs < EXIT_TIMEOUT_MS && isAlive(daemon.pid); waitedMs += EXIT_POLL_MS) {
    await sleep(EXIT_POLL_MS)
  }
  context.terminal.note(`the daemon (pid ${daemon.pid}) has stopped`)
  return 0
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
