import { setFlagsFromString } from 'node:v8'

/**
 * Keeps the young generation of the heap at 2 MiB. Left alone it grows while libp2p is loaded and stays large for
 * good: 24 MB of an idle daemon that nobody needs. Collections become more frequent, and each stays short.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--max-semi-space-size=2')
  setFlagsFromString('--semi-space-growth-factor=1')
}
