/** A process that tries to lock the home in its first argument, says what came of it and holds on until killed. */
import { lockHome } from '../../../src/node/home/lock.ts'
import { homePaths } from '../../../src/node/home/paths.ts'

try {
  await lockHome(homePaths(process.argv[2]))
  console.log('locked')
  setInterval(() => undefined, 60_000)
} catch (error) {
  console.log((error as Error).message)
}
