import {
  AUTO_MODEL,
  type GenerateOptions,
  type GenerateRequest,
  type InferenceEngine,
  type ProviderSource,
  peerOf,
  throwIfAborted
} from '../interface/index.ts'
import { type Choice, type ChooseInput, choose } from './choose.ts'
import { type Delivered, type ResumingModel, resumeRule } from './delivered.ts'
import type { ProviderDirectory } from './directory.ts'
import { Lookout } from './lookout.ts'
import { PrefixShare } from './prefix-share.ts'
import type { Suspects } from './suspects.ts'

/** What looking for a provider needs. */
export interface ProviderSearchInit {
  /** This node, as it stands in attempts. */
  selfId: string
  /** The engines of this machine; may hold no model. */
  local: InferenceEngine
  directory: ProviderDirectory
  suspects: Suspects
  sources: readonly ProviderSource[]
  onSourceError: (source: string, error: unknown) => void
  random?: () => number
}

/** Finds one provider after the other for one request. */
export class ProviderSearch {
  readonly #init: ProviderSearchInit
  readonly #request: GenerateRequest
  readonly #options: GenerateOptions
  readonly #delivered: Delivered
  readonly #share = new PrefixShare()
  readonly #tried = new Set<string>()
  /** Who gave a part of the answer and was lost. */
  readonly #lost = new Map<string, Choice>()
  readonly #lookout: Lookout

  constructor(
    init: ProviderSearchInit,
    asked: { request: GenerateRequest; options: GenerateOptions; delivered: Delivered }
  ) {
    this.#init = init
    this.#request = asked.request
    this.#options = asked.options
    this.#delivered = asked.delivered
    const { request, options } = asked
    const wanted = { model: request.model, task: 'chat', route: options.route ?? {}, signal: options.signal } as const
    this.#lookout = new Lookout(init, wanted)
  }

  /** The best provider not tried yet; looks for more when there is none. `hasBusy`: some live, so a short look will do. */
  async next(hasBusy: boolean): Promise<Choice | undefined> {
    const choice = await this.#next(hasBusy)
    if (choice === undefined) return undefined
    this.#tried.add(choice.peerId)
    if (!choice.isLocal) this.#share.count(this.#init.directory.prefixOf(choice.peerId))
    return choice
  }

  /** The provider was lost in the middle of its answer: all others may be asked anew, and it at the very last. */
  lose(choice: Choice): void {
    this.#lost.set(choice.peerId, choice)
    this.#tried.clear()
    this.#tried.add(choice.peerId)
    this.#lookout.reset()
  }

  /** Whether one that was lost could go on if it came back. */
  get mayComeBack(): boolean {
    return [...this.#lost.values()].some(({ model }) => model?.features.resume !== false)
  }

  /** Waits for news, `patienceMs` at most; after that whoever was busy or lost may be asked again. */
  async wait(patienceMs: number): Promise<void> {
    const { signal } = this.#options
    await new Promise<void>(resolve => {
      const stop = () => {
        clearTimeout(timer)
        unsubscribe()
        signal?.removeEventListener('abort', stop)
        resolve()
      }
      const timer = setTimeout(stop, patienceMs)
      const unsubscribe = this.#init.directory.onChange(stop)
      signal?.addEventListener('abort', stop, { once: true })
    })
    throwIfAborted(signal)
    this.#tried.clear()
  }

  async #next(hasBusy: boolean): Promise<Choice | undefined> {
    const { selfId, directory, suspects, random } = this.#init
    const route = this.#options.route ?? {}
    const isOwnAllowed = route.peer === undefined || peerOf(route.peer) === selfId
    const localModels = isOwnAllowed ? await this.#init.local.models() : []
    const scene = { route, selfId, localModels, directory, suspects, tried: this.#tried, ...(random && { random }) }
    const pick = (isLastResort = false) => this.#choose({ ...scene, isLastResort })
    const isHurried = hasBusy || !this.#delivered.isEmpty
    return await this.#lookout.next(pick, { isHurried, hasOwnModels: localModels.length > 0 })
  }

  /** In the middle of an answer the very same file comes first, whatever name it has elsewhere. */
  #choose(scene: Omit<ChooseInput, 'model'>): Choice | undefined {
    const input = { ...scene, crowded: this.#share.crowded }
    if (this.#delivered.isEmpty) return choose({ ...input, model: this.#request.model })
    const goesOn = (isExact: boolean) => (model: ResumingModel) => this.#delivered.canGoOn(model, isExact)
    const same = choose({ ...input, model: AUTO_MODEL, isLastResort: false, accepts: goesOn(true) })
    if (same !== undefined) return same
    const { isExact } = resumeRule(scene.route)
    return choose({ ...input, model: AUTO_MODEL, accepts: goesOn(isExact), known: this.#lost })
  }
}
