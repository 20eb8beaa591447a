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

/**
 * `p2pai run`: gets a model if it is not here, and asks it without leaving this machine: once when there is a prompt,
 * in a chat when there is none and somebody sits at a terminal.
 */
export async function runModel(
  wanted: string,
  words: string[],
  flags: RunFlags,
  context: CommandContext
): Promise<number> {
  const isChat = opensChat(words, flags)
  const library = await openModelLibrary()
  const model = (await library.find(wanted)) ?? (await pullWithBar(library, wanted, context))
  const served = await isServed(model)
  const asked: AskFlags = { ...flags, model: served ? model.digest : model.path, local: true, mdns: false }
  if (!isChat) return await ask(words, asked, context)
  const { chat } = await import('./chat.ts')
  return await chat(asked, context)
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

/** Whether there is no prompt, and somebody to type. Throws `InvalidRequestError` before a download for nothing. */
function opensChat(words: string[], { file, schema, json, stream, extract }: RunFlags): boolean {
  if (words.length > 0 || file !== undefined || !process.stdin.isTTY) return false
  if (process.stdout.isTTY && !json && !stream && !extract && schema === undefined) return true
  throw new InvalidRequestError('the prompt is empty; try: p2pai run MODEL "Why is the sky blue?"', {
    details: { field: 'prompt' }
  })
}
