import { type LocalModel, type ModelLibrary, openModelLibrary } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'
import { size } from '../output/units.ts'
import { PullBar } from './models-progress.ts'
import { useProxies } from './models-proxy.ts'
import { tellDaemon } from './models-unload.ts'

/** `p2pai models pull`. */
export async function pullModel(
  wanted: string,
  flags: { json?: boolean | undefined },
  context: CommandContext
): Promise<number> {
  const { terminal } = context
  const library = await openModelLibrary()
  const before = await library.installed()
  const model = await pullWithBar(library, wanted, context)
  const wasHere = before.some(({ digest, name }) => digest === model.digest && name === model.name)
  await tellDaemon(context)
  if (flags.json) await terminal.writeJson({ version: 1, model })
  else if (model.place === 'built-in') await terminal.write(`${printableLine(model.name)} comes with p2pai\n`)
  else {
    const name = printableLine(model.name)
    const place = model.place === 'p2pai' ? '' : `, used where ${model.place} has it`
    await terminal.write(
      `${name} ${wasHere ? 'was here already' : 'is installed'} (${size(model.sizeBytes)}${place}); share it with: p2pai serve --model ${name}\n`
    )
  }
  return 0
}

/** Gets a model, with a bar on stderr where that is a terminal. */
export async function pullWithBar(
  library: ModelLibrary,
  wanted: string,
  { terminal, interrupt }: CommandContext
): Promise<LocalModel> {
  useProxies(terminal)
  const bar = new PullBar(process.stderr)
  try {
    return await library.pull(wanted, { signal: interrupt.signal, onProgress: progress => bar.show(progress) })
  } finally {
    bar.clear()
  }
}
