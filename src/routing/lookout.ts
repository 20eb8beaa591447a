import { type ModelTask, type ProviderSource, type RouteOptions, throwIfAborted } from '../interface/index.ts'
import type { Choice } from './choose.ts'
import type { ProviderDirectory } from './directory.ts'
import { DISCOVERY_TIMEOUT_MS, discover } from './discovery.ts'

/** How long a request looks for others while those that are known are busy or rest: whoever asks wants to hear soon. */
const SHORT_SEARCH_MS = 1_000

/** While and after one request looks briefly, others are refused at once: news come by themselves meanwhile. */
const NO_SEARCH_AGAIN_MS = 5_000
/** Names come from whoever asks. */
const MAX_NAMES = 64

/** When a short search for a model began that has found nobody, for each directory. */
const searchedInVain = new WeakMap<ProviderDirectory, Map<string, number>>()

/** What looking out needs. */
export interface LookoutInit {
  directory: ProviderDirectory
  sources: readonly ProviderSource[]
  onSourceError: (source: string, error: unknown) => void
}

/** What is looked for. */
export interface Wanted {
  model: string
  task: ModelTask
  route: RouteOptions
  signal: AbortSignal | undefined
}

/** Picks a provider for one request, and looks for more when there is none to pick. */
export class Lookout {
  readonly #init: LookoutInit
  readonly #wanted: Wanted
  #hasSearchedBriefly = false
  /** An answer was begun: it is worth a search of its own. */
  #isPrecious = false

  constructor(init: LookoutInit, wanted: Wanted) {
    this.#init = init
    this.#wanted = wanted
  }

  /** A short search may be made again. */
  reset(): void {
    this.#hasSearchedBriefly = false
    this.#isPrecious = true
  }

  /** What `pick` gives now or after a search. `isHurried`: others live that may be asked later, so a short look will do. */
  async next(
    pick: (isLastResort?: boolean) => Choice | undefined,
    { isHurried, hasOwnModels }: { isHurried: boolean; hasOwnModels: boolean }
  ): Promise<Choice | undefined> {
    const { model, task, route, signal } = this.#wanted
    const found = pick()
    // A named peer is dialled as it is, and a local prompt must not leave: neither needs a search.
    if (found !== undefined || route.local === true || route.peer !== undefined) return found
    const isBrief = isHurried || pick(true) !== undefined
    if (isBrief && (this.#hasSearchedBriefly || this.#othersSearch())) return pick(true)
    this.#hasSearchedBriefly ||= isBrief
    const longestMs = route.discoveryTimeoutMs ?? DISCOVERY_TIMEOUT_MS
    const { directory, sources, onSourceError } = this.#init
    await discover(
      { directory, sources, onError: onSourceError },
      {
        model,
        task,
        isEnough: () => pick() !== undefined,
        timeoutMs: isBrief ? Math.min(SHORT_SEARCH_MS, longestMs) : longestMs,
        hasOwnModels,
        signal
      }
    )
    throwIfAborted(signal)
    const late = pick()
    if (late !== undefined) searchedInVain.get(directory)?.delete(this.#key)
    return late ?? pick(true)
  }

  /** Whether one that stands like this looks already, or did shortly before; else this one does. */
  #othersSearch(): boolean {
    const { directory } = this.#init
    const searches = searchedInVain.get(directory) ?? new Map<string, number>()
    searchedInVain.set(directory, searches)
    const beganAtMs = searches.get(this.#key) ?? Number.NEGATIVE_INFINITY
    if (!this.#isPrecious && performance.now() - beganAtMs < NO_SEARCH_AGAIN_MS) return true
    if (searches.size >= MAX_NAMES) searches.clear()
    searches.set(this.#key, performance.now())
    return false
  }

  get #key(): string {
    return `${this.#wanted.task} ${this.#wanted.model}`
  }
}
