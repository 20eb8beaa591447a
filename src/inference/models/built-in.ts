import { stat } from 'node:fs/promises'
import { hashFile } from '../files/hash.ts'
import { modelNameOf } from '../llama/model-name.ts'
import { headerFacts, type LocalModel } from './local-model.ts'
import { modelHeader } from './verify.ts'

/** The model that comes with the package, as a model of this machine. Throws `BadModelError` for a broken package. */
export async function builtInModel(file: string): Promise<LocalModel> {
  const header = modelHeader(file, 'the built-in model')
  return {
    name: modelNameOf(header, file),
    digest: await hashFile(file),
    sizeBytes: (await stat(file)).size,
    path: file,
    place: 'built-in',
    installed: false,
    source: 'comes with p2pai',
    ...headerFacts(header, file)
  }
}
