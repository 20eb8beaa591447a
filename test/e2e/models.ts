import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = resolve(ROOT, process.env.P2PAI_TEST_MODELS ?? '../shared/models')

/** A chat model that knows the capital of France; not part of the repository. */
export const SMOLLM2 = join(FOLDER, 'SmolLM2-135M-Instruct.Q4_1.gguf')

/** The demonstration model that comes with p2pai. */
export const BUILT_IN = join(ROOT, 'models', 'p2pai-tiny.gguf')

/** Why tests that need it are skipped, or nothing when it is there. */
export const WITHOUT_SMOLLM2 = existsSync(SMOLLM2)
  ? undefined
  : `no SmolLM2 in ${FOLDER}; P2PAI_TEST_MODELS names the folder`

if (WITHOUT_SMOLLM2 !== undefined) console.warn(`skipped: ${WITHOUT_SMOLLM2}`)
