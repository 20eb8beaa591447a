import { openModelLibrary } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'
import { size } from '../output/units.ts'
import { PullBar } from './models-progress.ts'
import { useProxies } from './models-proxy.ts'

/** `p2pai models pull`. */
export async function pullModel(
  wanted: string,
  flags: { json?: boolean | undefined },
  context: CommandContext
): Promise<number> {
  const { terminal, interrupt } = context
  const library = await openModelLibrary()
  useProxies(terminal)
  const bar = new PullBar(process.stderr)
  try {
    const model = await library.pull(wanted, {
      signal: interrupt.signal,
      onProgress: progress => bar.show(progress)
    })
    bar.clear()
    if (flags.json) await terminal.writeJson({ version: 1, model })
    else {
      const place = model.place === 'p2pai' ? '' : `, used where ${model.place} has it`
      await terminal.write(
        `${printableLine(model.name)} is installed (${size(model.sizeBytes)}${place}); share it with: p2pai serve --model ${printableLine(model.name)}\n`
      )
    }
    return 0
  } finally {
    bar.clear()
  }
}
