import { InvalidRequestError } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'
import { LOG_LEVELS } from '../logs/levels.ts'
import { table } from '../output/table.ts'

/** `p2pai logs level`: each word is a level, or `part=level`; later ones are stronger. */
export async function logLevel(words: string[], context: CommandContext): Promise<number> {
  const changes = words.map(changeOf)
  const daemon = await requireDaemon(context)
  let levels = await daemon.logLevels()
  for (const { level, part } of changes) levels = await daemon.setLogLevel(level, part)
  // Both this command and the one above it have the flag.
  if (context.json) await context.terminal.writeJson({ version: 1, levels })
  else await context.terminal.write(table(['PART', 'LEVEL'], Object.entries(levels)))
  return 0
}

function changeOf(word: string): { level: string; part?: string } {
  const at = word.indexOf('=')
  const level = word.slice(at + 1)
  if (LOG_LEVELS.some(known => known === level)) return { level, ...(at >= 0 && { part: word.slice(0, at) }) }
  throw new InvalidRequestError(`${word} is no level; there are ${LOG_LEVELS.join(', ')}, as in libp2p=debug`, {
    details: { field: 'level' }
  })
}
