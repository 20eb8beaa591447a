import { openModelLibrary, type Recommendation } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { table } from '../output/table.ts'
import { size } from '../output/units.ts'

/** `p2pai models recommend`. */
export async function recommendModels(
  flags: { json?: boolean | undefined },
  { terminal }: CommandContext
): Promise<number> {
  const recommended = await (await openModelLibrary()).recommend()
  if (flags.json) {
    await terminal.writeJson({ version: 1, models: recommended })
    return 0
  }
  await terminal.write(table(['NAME', 'FOR', 'SIZE', 'MEMORY', 'LICENCE', 'THIS MACHINE'], recommended.map(row)))
  const best = recommended.find(model => model.best && model.purpose !== 'embedding')
  if (best !== undefined) terminal.note(`get one with: p2pai models pull ${best.name}`)
  return 0
}

function row(model: Recommendation): string[] {
  const fit = model.best ? `best for ${model.purpose}` : model.fits ? 'fits' : 'too large'
  const { tokensPerSecond = 0 } = model
  const speed = tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : Math.round(tokensPerSecond)
  const verdict = model.fits && tokensPerSecond > 0 ? `${fit}, about ${speed} tokens/s` : fit
  return [model.name, model.purpose, size(model.sizeBytes), size(model.memoryBytes), model.licence, verdict]
}
