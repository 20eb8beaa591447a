import { type ModelTask, type ProviderSource, timeLimit } from '../interface/index.ts'
import type { ProviderDirectory } from './directory.ts'

/** How long a prompt waits for a provider to be found, unless its asker says otherwise. */
export const DISCOVERY_TIMEOUT_MS = 5_000

/** News by gossip takes this long at most, so a name that nobody has is not called unknown before. */
const SETTLE_MS = 2_500

/** What waiting for providers needs. */
export interface DiscoveryInit {
  directory: ProviderDirectory
  sources: readonly ProviderSource[]
  onError: (source: string, error: unknown) => void
}

/**
 * Asks all sources for providers of a model. Resolves as soon as `isEnough`, or after `timeoutMs`; earlier when other
 * providers are known or this node has models itself, all sources have given what they have and no news came, because then the name is wrong.
 * Never rejects, because one dead source must not hide what another finds.
 */
export async function discover(
  init: DiscoveryInit,
  wanted: {
    model: string
    task?: ModelTask
    isEnough: () => boolean
    timeoutMs: number
    hasOwnModels?: boolean
    signal: AbortSignal | undefined
  }
): Promise<void> {
  if (wanted.isEnough()) return
  const stop = new AbortController()
  let settleTimer: NodeJS.Timeout | undefined
  const outer = wanted.signal === undefined ? [] : [wanted.signal]
  const signal = AbortSignal.any([...outer, stop.signal, timeLimit(wanted.timeoutMs)])
  const unsubscribe = init.directory.onChange(() => {
    if (wanted.isEnough()) stop.abort()
  })
  try {
    const searches = init.sources.map(async source => {
      try {
        await source.search(wanted.model, signal, wanted.task)
      } catch (error) {
        if (!signal.aborted) init.onError(source.name, error)
      }
    })
    const ended = new Promise<void>(resolve => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const settled = new Promise(resolve => {
      settleTimer = setTimeout(resolve, SETTLE_MS)
    })
    await Promise.race([Promise.all([...searches, settled]), ended])
    if (init.directory.size === 0 && wanted.hasOwnModels !== true) await ended
  } finally {
    clearTimeout(settleTimer)
    unsubscribe()
    stop.abort()
  }
}
