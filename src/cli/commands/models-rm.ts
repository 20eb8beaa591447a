import { type LocalModel, openModelLibrary } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'
import { size } from '../output/units.ts'
import { tellDaemon } from './models-unload.ts'

/** `p2pai models rm`. Ends with the first one that cannot be removed. */
export async function removeModels(
  names: string[],
  flags: { json?: boolean | undefined },
  context: CommandContext
): Promise<number> {
  const { terminal } = context
  const library = await openModelLibrary()
  const removed: LocalModel[] = []
  for (const name of names) {
    const model = await library.remove(name)
    removed.push(model)
    await tellDaemon(context)
    if (!flags.json) await terminal.write(`${said(model)}\n`)
  }
  if (flags.json) await terminal.writeJson({ version: 1, removed })
  return 0
}

function said({ name, place, sizeBytes }: LocalModel): string {
  const shown = printableLine(name)
  return place === 'p2pai'
    ? `${shown} is removed (${size(sizeBytes)})`
    : `${shown} is off the list; the file stays with ${place}`
}
