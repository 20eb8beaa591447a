import type { CommandContext } from '../context.ts'
import { requireDaemon } from '../daemon.ts'
import { table } from '../output/table.ts'
import { shortDigest } from '../output/units.ts'

/** `p2pai models`. */
export async function models(flags: { json?: boolean | undefined }, context: CommandContext): Promise<number> {
  const daemon = await requireDaemon(context)
  const { models: found } = await daemon.models()
  if (flags.json) {
    await context.terminal.writeJson({ version: 1, models: found })
    return 0
  }
  if (found.length === 0) context.terminal.note('no model is in reach; share one with: p2pai serve --model FILE')
  const rows = found.map(model => [
    model.name,
    shortDigest(model.digest),
    model.local ? 'yes' : 'no',
    model.providers,
    model.contextSizeTokens,
    model.warm ? 'warm' : 'cold'
  ])
  if (rows.length > 0)
    await context.terminal.write(table(['NAME', 'DIGEST', 'HERE', 'PEERS', 'CONTEXT', 'STATE'], rows))
  return 0
}
