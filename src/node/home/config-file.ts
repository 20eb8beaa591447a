import { HomeUnusableError } from '../../interface/index.ts'
import { writeFileAtomic } from './atomic-file.ts'
import { openHome, reason } from './home-folder.ts'

/** Writes the configuration of a home whole, readable for this user alone. Returns its path. Throws `HomeUnusableError`. */
export async function writeConfigFile(text: string, home?: string): Promise<string> {
  const { config } = await openHome(home)
  try {
    await writeFileAtomic(config, text)
  } catch (error) {
    throw new HomeUnusableError(`cannot write ${config}: ${reason(error)}`, { cause: error })
  }
  return config
}
