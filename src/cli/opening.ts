import { existsSync } from 'node:fs'
import type { NodeLog } from '../index.ts'
import { printableLine } from './output/printable.ts'
import type { Terminal } from './output/terminal.ts'

/**
 * Says which models are being opened: a file that was never seen is hashed and tried out first, and nobody should look
 * at a silence for that long. With a log in JSON it is an event. A file that is missing is left to the error.
 */
export function sayOpening(models: string[], json: boolean, log: NodeLog, { note, paint }: Terminal): void {
  for (const model of models.filter(file => existsSync(file))) {
    if (json) log('info', 'model:opening', { model })
    else note(paint('dim', printableLine(`opening ${model}; the first time it is checked, which takes a while …`)))
  }
}
