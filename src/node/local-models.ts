import path from 'node:path'
import { type ModelLibrary, modelLibrary } from '../inference/index.ts'
import { openHome } from './home/home-folder.ts'
import { homePaths } from './home/paths.ts'

/** The models of a home, in its folder `models`. Nothing is made before the first model is installed. */
export function openLocalModels(home?: string): ModelLibrary {
  return modelLibrary({ folder: path.join(homePaths(home).home, 'models'), prepare: () => openHome(home) })
}
