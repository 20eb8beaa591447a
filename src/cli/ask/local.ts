import { accessSync, constants, mkdirSync } from 'node:fs'
import { type HomePaths, homePaths, type InferenceEngine, openLocalEngine } from '../../index.ts'
import type { Terminal } from '../output/terminal.ts'

/**
 * The engine of `ask --local` without a daemon: of a file or a name, or the one that is there anyway. A file is hashed and tried
 * out when it was never seen, which takes seconds; what was found out is kept in the home.
 */
export async function openOwnEngine(model: string | undefined, terminal: Terminal): Promise<InferenceEngine> {
  if (model !== undefined && terminal.notesWatched) {
    terminal.note(terminal.paint('dim', `opening ${model}; the first time it is checked, which takes a while …`))
  }
  const stateDirectory = usableState(homePaths())
  return openLocalEngine({
    ...(model !== undefined && { models: [model] }),
    ...(stateDirectory !== undefined && { stateDirectory })
  })
}

/** Where things are remembered; undefined when the home cannot be made or written: the answer needs none. */
function usableState({ home, stateDirectory }: HomePaths): string | undefined {
  try {
    // As everywhere, only the system's own folder gets missing parents: elsewhere a disk may not be mounted.
    mkdirSync(home, { mode: 0o700, recursive: !process.env.P2PAI_HOME })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return undefined
  }
  return [home, stateDirectory].every(isWritable) ? stateDirectory : undefined
}

/** Whether a folder can be written. One that is missing can be made in its parent. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}
