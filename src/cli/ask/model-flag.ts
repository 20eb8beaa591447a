import { statSync } from 'node:fs'
import { AUTO_MODEL, InvalidRequestError } from '../../index.ts'
import type { AskFlags } from './flags.ts'

/**
 * Throws when `-m` names a file and the answer may come from elsewhere: a path of this machine is no model's name, and
 * none of anybody's business. Names have no path separators.
 */
export function checkModelFlag({ model, local }: Pick<AskFlags, 'model' | 'local'>): void {
  if (local || model === AUTO_MODEL) return
  const isPath = /[/\\]/.test(model)
  if (!isPath && !/\.gguf$/i.test(model)) return
  const details = { field: 'model' }
  if (isFile(model)) {
    const how = `add --local, or serve it with: p2pai serve --model ${model}`
    throw new InvalidRequestError(`${model} is a file: ${how}`, { details })
  }
  if (isPath) throw new InvalidRequestError(`${model} is no model's name, and there is no such file`, { details })
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}
