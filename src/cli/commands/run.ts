import {
  connectDaemon,
  DaemonNotRunningError,
  homePaths,
  InvalidRequestError,
  type LocalModel,
  openModelLibrary
} from '../../index.ts'
import type { AskFlags } from '../ask/flags.ts'
import type { CommandContext } from '../context.ts'
import { ask } from './ask.ts'
import { pullWithBar } from './models-pull.ts'

/** What `p2pai run` was told besides model and prompt. */
export type RunFlags = Omit<AskFlags, 'model' | 'local' | 'peer' | 'bootstrap' | 'mdns'>

/** `p2pai run`: gets a model if it is not here, and asks it once, without leaving this machine. */
export async function runModel(
  wanted: string,
  words: string[],
  flags: RunFlags,
  context: CommandContext
): Promise<number> {
  if (words.length === 0 && flags.file === undefined && process.stdin.isTTY) {
    // Before a download that may take long.
    throw new InvalidRequestError(`the prompt is empty; try: p2pai run ${wanted} "Why is the sky blue?"`, {
      details: { field: 'prompt' }
    })
  }
  const library = await openModelLibrary()
  const model = (await library.find(wanted)) ?? (await pullWithBar(library, wanted, context))
  const served = await isServed(model)
  return await ask(words, { ...flags, model: served ? model.digest : model.path, local: true, mdns: false }, context)
}

/** Whether the daemon of this home has the model, so that it need not be loaded twice. */
async function isServed({ digest }: LocalModel): Promise<boolean> {
  try {
    const daemon = await connectDaemon(homePaths().socket)
    const { models } = await daemon.models()
    return models.some(model => model.local && model.digest === digest)
  } catch (error) {
    if (error instanceof DaemonNotRunningError) return false
    throw error
  }
}
