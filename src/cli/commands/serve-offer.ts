import { AbortedError, openModelLibrary, type Recommendation, toP2paiError } from '../../index.ts'
import type { CommandContext } from '../context.ts'
import { printableLine } from '../output/printable.ts'
import { size } from '../output/units.ts'
import { pullWithBar } from './models-pull.ts'

/** What of `p2pai serve` decides whether a model is offered. */
export interface OfferFlags {
  model?: string[] | boolean | undefined
  upstream?: string | undefined
  gpu?: 'auto' | 'off' | number | undefined
  yes?: true | undefined
  input: boolean
  logFormat: 'pretty' | 'json'
}

/**
 * Offers the recommended model to somebody who serves without any: asks on a terminal, and gets it unasked with
 * `--yes`. Otherwise the daemon says which model it takes instead. A model that was wanted and does not come is an
 * error with `--yes`, and a line for a person, who is served by what there is.
 */
export async function offerModel(flags: OfferFlags, context: CommandContext): Promise<void> {
  const { terminal } = context
  const { model, upstream, gpu, yes, input, logFormat } = flags
  if (model !== undefined || upstream !== undefined) return
  const isAsked = input && logFormat === 'pretty' && process.stdin.isTTY === true && terminal.notesWatched
  if (!yes && !isAsked) return
  const library = await openModelLibrary()
  if ((await library.servable()).length > 0) return
  const best = (await library.recommend({ gpu })).find(entry => entry.best && entry.purpose === 'chat')
  if (best === undefined || (!yes && !(await isWanted(best)))) return
  try {
    const pulled = await pullWithBar(library, best.name, context)
    if (logFormat === 'pretty') terminal.note(`${printableLine(pulled.name)} is installed (${size(pulled.sizeBytes)})`)
  } catch (thrown) {
    const error = toP2paiError(thrown)
    if (yes || error.code === 'aborted') throw error
    terminal.note(terminal.paint('yellow', printableLine(`${error.message}; the built-in model is shared meanwhile`)))
  }
}

async function isWanted({ name, sizeBytes, licence }: Recommendation): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({
    message: `No model is installed. Get ${name} (${size(sizeBytes)}, ${licence}), the best for this machine?`,
    output: process.stderr
  })
  if (isCancel(answer)) throw new AbortedError('interrupted')
  return answer
}
