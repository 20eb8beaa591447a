import { homePeerId } from '../../index.ts'
import type { CommandContext } from '../context.ts'

/** `p2pai id`. Reads the key itself: it is the same with a daemon and without. */
export async function id(flags: { json?: boolean | undefined }, { terminal }: CommandContext): Promise<number> {
  const peerId = await homePeerId()
  if (flags.json) await terminal.writeJson({ version: 1, peerId })
  else await terminal.write(`${peerId}\n`)
  return 0
}
