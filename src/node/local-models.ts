import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ModelLibrary, modelLibrary } from '../inference/index.ts'
import { openHome } from './home/home-folder.ts'
import { homePaths } from './home/paths.ts'

/** The model that comes with the package; two folders up in `src` and in `dist` alike. */
export const BUILT_IN_FILE = fileURLToPath(new URL('../../models/p2pai-tiny.gguf', import.meta.url))

/** The models of a home, in its folder `models`. Nothing is made before the first model is installed. */
export function openLocalModels(home?: string): ModelLibrary {
  return modelLibrary({
    folder: path.join(homePaths(home).home, 'models'),
    builtIn: BUILT_IN_FILE,
    prepare: () => openHome(home)
  })
}
