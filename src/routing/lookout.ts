import { type ModelTask, type ProviderSource, type RouteOptions, throwIfAborted } from '../interface/index.ts'
import type { Choice } from './choose.ts'
import type { ProviderDirectory } from './directory.ts'
import { DISCOVERY_TIMEOUT_MS, discover } from './discovery.ts'

/** How long a request looks for others while those that are known are busy or rest: whoever asks wants to hear soon. */
const SHORT_SEARCH_MS = 1_000

/** While and after one request looks briefly, nobody else does: news come by themselves meanwhile. */
const NO_SEARCH_AGAIN_MS = 5_000
/** Who comes within this time of a search in vain is refused at once, and what it starts is for those after it. */
const WAIT_AGAIN_MS = 60_000
/** Names come from whoever asks. */
const MAX_NAMES = 64

/** Short searches for a model that have found nobody: when somebody waited for one last, and when one began. */
interface InVain {
  waitedAtMs: number
  beganAtMs: number
}

const searchedInVain = new WeakMap<ProviderDirectory, Map<string, InVain>>()

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
    const how = isBrief ? this.#briefly() : 'wait'
    if (how === 'not') return pick(true)
    const longestMs = route.discoveryTimeoutMs ?? DISCOVERY_TIMEOUT_MS
    const { directory, sources, onSourceError } = this.#init
    const search = discover(
      { directory, sources, onError: onSourceError },
      {
        model,
        task,
        isEnough: () => pick() !== undefined,
        timeoutMs: isBrief ? Math.min(SHORT_SEARCH_MS, longestMs) : longestMs,
        hasOwnModels,
        signal: how === 'wait' ? signal : undefined
      }
    )
    const heard = search.then(() => {
      const late = pick()
      if (late !== undefined) searchedInVain.get(directory)?.delete(this.#key)
      return late
    })
    if (how === 'aside') {
      heard.catch(error => onSourceError('search', error))
      return pick(true)
    }
    const late = await heard
    throwIfAborted(signal)
    return late ?? pick(true)
  }

  /** Whether a short search is waited for, made for others, or not made because somebody did shortly before. */
  #briefly(): 'wait' | 'aside' | 'not' {
    if (this.#hasSearchedBriefly) return 'not'
    this.#hasSearchedBriefly = true
    const { directory } = this.#init
    const searches = searchedInVain.get(directory) ?? new Map<string, InVain>()
    searchedInVain.set(directory, searches)
    const last = searches.get(this.#key)
    const nowMs = performance.now()
    if (last === undefined && searches.size >= MAX_NAMES) searches.clear()
    if (last === undefined || this.#isPrecious || nowMs - last.waitedAtMs >= WAIT_AGAIN_MS) {
      searches.set(this.#key, { waitedAtMs: nowMs, beganAtMs: nowMs })
      return 'wait'
    }
    if (nowMs - last.beganAtMs < NO_SEARCH_AGAIN_MS) return 'not'
    searches.set(this.#key, { ...last, beganAtMs: nowMs })
    return 'aside'
  }

  get #key(): string {
    return `${this.#wanted.task} ${this.#wanted.model}`
  }
}
