import { setTimeout as sleep } from 'node:timers/promises'
import { connectDaemon, homePaths } from 'p2pai'
import { type Figure, MODEL_FILE, startDaemon } from './support.ts'

/** Long enough for the garbage of the start to be collected. */
const SETTLE_MS = 8_000

/** Memory of the daemon's own process; the engine's is beside it, in a process of its own. */
export async function memory(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, words] of [
    ['idle memory of the daemon, no model', ['--no-model']],
    ['idle memory of the daemon, without the engine process', ['--model', MODEL_FILE, '--context', '2048']]
  ] as const) {
    const daemon = await startDaemon([...words])
    await sleep(SETTLE_MS)
    const { rssBytes } = await (await connectDaemon(homePaths(daemon.home).socket)).status()
    await daemon.stop()
    const megabytes = rssBytes / 2 ** 20
    figures.push({ name, value: `${megabytes.toFixed(0)} MiB`, goal: '<= 150 MB', met: rssBytes <= 150e6 })
  }
  return figures
}
